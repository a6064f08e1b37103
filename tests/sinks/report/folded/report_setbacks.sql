-- Why needs lost what was meant for them since {since}: deliveries that failed, holds, counts, expiry; by area and reason.
WITH
-- include: cut supply
,
needs_opened AS
(
    SELECT partition, need_id, any(area) AS area
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'need_opened' AND offset < supply_cut.1[partition]
    GROUP BY partition, need_id
)
SELECT
    o.area AS area, r.reason AS reason, count() AS times, uniqExact(r.need_id) AS needs
FROM
(
    SELECT partition, need_id, reason FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'need_reopened' AND offset < supply_cut.1[partition]
        AND offset >= supply_cut.2[partition]
) AS r
INNER JOIN needs_opened AS o ON o.partition = r.partition AND o.need_id = r.need_id
WHERE
-- include: in_areas
GROUP BY area, reason
ORDER BY area, times DESC, reason
