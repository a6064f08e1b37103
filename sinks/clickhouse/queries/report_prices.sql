-- Prices by supply area and item: the last one by {as_of} against the median of the {price_days} days before {since}.
SELECT
    area, item,
    argMax(fen, (offset, idx)) AS last_fen,
    max(at) AS last_at,
    countIf(at > {since:DateTime64(6, 'UTC')}) AS observations,
    minOrNullIf(fen, at > {since:DateTime64(6, 'UTC')}) AS lowest_fen,
    maxOrNullIf(fen, at > {since:DateTime64(6, 'UTC')}) AS highest_fen,
    toInt64(round(quantileExactInclusiveOrNullIf(0.5)(fen, at <= {since:DateTime64(6, 'UTC')}))) AS median_before_fen,
    if(median_before_fen > 0, round(100 * (last_fen - median_before_fen) / median_before_fen, 1), NULL) AS change_percent
FROM price_facts FINAL
WHERE at > {since:DateTime64(6, 'UTC')} - toIntervalDay({price_days:UInt16})
    AND known_at <= {as_of:DateTime64(6, 'UTC')} AND
-- include: in_areas
GROUP BY area, item
ORDER BY area, item
