-- Prices in yuan by time, item and supply area.
SELECT
    toStartOfInterval(observed_at, toIntervalSecond({step_s:UInt32})) AS time,
    concat(item, ' ', area) AS series,
    round(avg(fen) / 100, 2) AS yuan
FROM
(
    SELECT at AS observed_at, area, item, JSONExtractInt(body, 'fen') AS fen
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'price_recorded'
        AND at > {since:DateTime64(6, 'UTC')} AND at <= {as_of:DateTime64(6, 'UTC')}
)
WHERE
-- include: in_areas
GROUP BY time, series
ORDER BY time, series
