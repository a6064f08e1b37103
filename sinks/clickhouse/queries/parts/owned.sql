-- include: cut alerts
,
-- Who was on duty at {as_of} for some grids: the nearest line of the roster, from the level of the grid
-- up, as the alert stage decides it; a grid that is not in it has nobody. A line counts from when it was written in any
-- partition, whatever time its message says it is of. Every partition gets the same lines in the same order, so the one
-- that had most of them then had the newest.
owned AS
(
    SELECT spot,
        argMin(line.3, (indexOf(['grid', 'community', 'district', 'city'], line.2), -length(line.1), duty_id)) AS owner
    FROM
    (
        SELECT spot, arrayJoin(arrayMap(parts -> arrayStringConcat(arraySlice(splitByChar('/', spot), 1, parts), '/'),
            range(1, length(splitByChar('/', spot)) + 1))) AS outer_place
        FROM
        (
-- include: $word
        )
    ) AS spots
    INNER JOIN
    (
        SELECT duty_id, argMax(newest, (lines, partition)) AS line
        FROM
        (
            SELECT partition, duty_id, uniqExact(offset, idx) AS lines,
                argMax((place, level, person, starts_at, ends_at, cancelled), (offset, idx)) AS newest
            FROM duty_lines
            WHERE offset < alerts_cut[partition] AND duty_id IN
            (
                SELECT duty_id FROM duty_lines
                WHERE offset < alerts_cut[partition] AND starts_at <= {as_of:DateTime64(6, 'UTC')}
                    AND ends_at > {as_of:DateTime64(6, 'UTC')}
            )
            GROUP BY partition, duty_id
        )
        GROUP BY duty_id
        HAVING NOT line.6 AND line.4 <= {as_of:DateTime64(6, 'UTC')} AND line.5 > {as_of:DateTime64(6, 'UTC')}
    ) AS lines ON lines.line.1 = spots.outer_place
    GROUP BY spot
)
