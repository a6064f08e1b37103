-- The duty roster in a table of its own, so that who answers for a need can be asked at any time without reading the
-- ledger: one row a line and publication, from which the newest before a time counts.

CREATE TABLE IF NOT EXISTS duty_lines $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic; every one has every line',
    duty_id String COMMENT 'Line of the roster' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it',
    at DateTime64(6, 'UTC') COMMENT 'When it became known' CODEC(Delta, ZSTD(1)),
    place String COMMENT 'Place that it is about, with all that lies in it' CODEC(ZSTD(1)),
    level LowCardinality(String) COMMENT 'grid, community, district or city',
    person String COMMENT 'Who is on duty: an id, no name' CODEC(ZSTD(1)),
    starts_at DateTime64(6, 'UTC') COMMENT 'From when' CODEC(Delta, ZSTD(1)),
    ends_at DateTime64(6, 'UTC') COMMENT 'Until when' CODEC(Delta, ZSTD(1)),
    cancelled Bool COMMENT 'It was taken out of the roster',
    said_by String COMMENT 'Who published it' CODEC(ZSTD(1))
)
ENGINE = $replacing
PARTITION BY partition
ORDER BY (duty_id, offset, idx)
SETTINGS $window
COMMENT 'Lines of the duty roster as they were published; the newest of a duty_id counts';

CREATE MATERIALIZED VIEW IF NOT EXISTS duty_lines_of_decisions $on_cluster TO duty_lines AS
WITH JSONExtract(body, 'duty', 'Tuple(duty_id String, place String, level String, person String, starts_at String,
    ends_at String, cancelled Bool, source String)') AS line
SELECT
    partition, line.duty_id AS duty_id, offset, idx, at, line.place AS place, line.level AS level, line.person AS person,
    ifNull(parseDateTime64BestEffortOrNull(line.starts_at, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS starts_at,
    ifNull(parseDateTime64BestEffortOrNull(line.ends_at, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS ends_at,
    line.cancelled AS cancelled, line.source AS said_by
FROM decisions
WHERE stage = 'alerts' AND type = 'duty_recorded';

INSERT INTO duty_lines (partition, duty_id, offset, idx, at, place, level, person, starts_at, ends_at, cancelled, said_by)
WITH JSONExtract(body, 'duty', 'Tuple(duty_id String, place String, level String, person String, starts_at String,
    ends_at String, cancelled Bool, source String)') AS line
SELECT
    partition, line.duty_id, offset, idx, at, line.place, line.level, line.person,
    ifNull(parseDateTime64BestEffortOrNull(line.starts_at, 6, 'UTC'), toDateTime64(0, 6, 'UTC')),
    ifNull(parseDateTime64BestEffortOrNull(line.ends_at, 6, 'UTC'), toDateTime64(0, 6, 'UTC')),
    line.cancelled, line.source
FROM decisions FINAL
WHERE stage = 'alerts' AND type = 'duty_recorded';

CREATE OR REPLACE VIEW duty $on_cluster AS
WITH (SELECT now FROM ledger_now WHERE stage = 'alerts') AS ledger_time
SELECT
    duty_id, line.1 AS place, line.2 AS level, line.3 AS person, line.4 AS starts_at, line.5 AS ends_at,
    line.6 AS cancelled, line.7 AS said_by, published_at,
    NOT cancelled AND starts_at <= ledger_time AND ledger_time < ends_at AS active
FROM
(
    SELECT duty_id, max(at) AS published_at,
        argMax((place, level, person, starts_at, ends_at, cancelled, said_by), (at, offset, idx)) AS line
    FROM duty_lines
    GROUP BY duty_id
)
COMMENT 'The duty roster: one row a line, as published last. active: the person is on duty now, by the ledger';

CREATE OR REPLACE VIEW need_owners $on_cluster AS
SELECT need_id, requester_id, area, grid, item, need_class, due_at, overdue, owner
FROM open_needs
LEFT JOIN
(
    SELECT spot, argMin(person, (indexOf(['grid', 'community', 'district', 'city'], level), -length(place), duty_id))
        AS owner
    FROM
    (
        SELECT spot, arrayJoin(arrayMap(parts -> arrayStringConcat(arraySlice(splitByChar('/', spot), 1, parts), '/'),
            range(1, length(splitByChar('/', spot)) + 1))) AS outer_place
        FROM (SELECT DISTINCT if(grid = '', area, grid) AS spot FROM open_needs)
    ) AS spots
    INNER JOIN (SELECT duty_id, place, level, person FROM duty WHERE active) AS lines ON lines.place = spots.outer_place
    GROUP BY spot
) AS owners ON owners.spot = if(open_needs.grid = '', open_needs.area, open_needs.grid)
COMMENT 'Who is on duty for each open need: nearest place first, from the grid up; empty: nobody';
