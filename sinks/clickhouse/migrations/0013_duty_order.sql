-- Of two publications of a line of the roster the later one in the ledger counts, as for the alert stage, whatever time
-- their messages say they are of. Every partition gets the same lines in the same order: the one that has most has the
-- newest.

CREATE OR REPLACE VIEW duty $on_cluster AS
WITH (SELECT now FROM ledger_now WHERE stage = 'alerts') AS ledger_time
SELECT
    duty_id, line.1 AS place, line.2 AS level, line.3 AS person, line.4 AS starts_at, line.5 AS ends_at,
    line.6 AS cancelled, line.7 AS said_by, line.8 AS published_at,
    NOT cancelled AND starts_at <= ledger_time AND ledger_time < ends_at AS active
FROM
(
    SELECT duty_id, argMax(newest, (publications, partition)) AS line
    FROM
    (
        SELECT partition, duty_id, uniqExact(offset, idx) AS publications,
            argMax((place, level, person, starts_at, ends_at, cancelled, said_by, at), (offset, idx)) AS newest
        FROM duty_lines
        GROUP BY partition, duty_id
    )
    GROUP BY duty_id
)
COMMENT 'The duty roster: one row a line, as published last. active: the person is on duty now, by the ledger';
