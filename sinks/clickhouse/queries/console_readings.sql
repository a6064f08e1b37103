-- Temperatures of a consignment as known at {as_of}, thinned to {points} spans of time a logger: lowest and highest.
WITH
-- include: cut coldchain
,
kept AS
(
    SELECT logger_id, at, celsius, out
    FROM coldchain_decisions FINAL
    WHERE type = 'reading_recorded' AND consignment_id = {consignment:String} AND offset < coldchain_cut[partition]
),
(SELECT min(at) FROM kept) AS first_at,
(SELECT greatest(toInt64(dateDiff('second', min(at), max(at)) / {points:UInt32}), 1) FROM kept) AS step
SELECT logger_id, min(at) AS from_at, min(celsius) AS low, max(celsius) AS high, count() AS readings, countIf(out != '') AS out_of_range
FROM kept
WHERE
-- include: consignment_got
GROUP BY logger_id, intDiv(dateDiff('second', assumeNotNull(first_at), at), step) AS slot
ORDER BY logger_id, from_at
