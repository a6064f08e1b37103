-- Prices by supply area and item: the last one by {as_of} against the median of the {price_days} days before {since}.
WITH
-- include: cut supply
SELECT
    area, item,
    argMax(fen, (offset, idx)) AS last_fen,
    max(observed_at) AS last_at,
    countIf(observed_at > {since:DateTime64(6, 'UTC')}) AS observations,
    minOrNullIf(fen, observed_at > {since:DateTime64(6, 'UTC')}) AS lowest_fen,
    maxOrNullIf(fen, observed_at > {since:DateTime64(6, 'UTC')}) AS highest_fen,
    toInt64(round(quantileExactInclusiveOrNullIf(0.5)(fen, observed_at <= {since:DateTime64(6, 'UTC')})))
        AS median_before_fen,
    if(median_before_fen > 0, round(100 * (last_fen - median_before_fen) / median_before_fen, 1), NULL) AS change_percent
FROM
(
    SELECT area, item, at AS observed_at, JSONExtractInt(body, 'fen') AS fen, offset, idx
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'price_recorded' AND offset < supply_cut.1[partition]
        AND at > {since:DateTime64(6, 'UTC')} - toIntervalDay({price_days:UInt16})
)
WHERE
-- include: in_areas
GROUP BY area, item
ORDER BY area, item
