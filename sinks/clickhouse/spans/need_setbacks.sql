WITH
-- include: decided
,
needs AS
(
    SELECT need_id AS id, any(area) AS of_area
    FROM need_spans
    WHERE partition = {partition:UInt32} AND valid_until >= {known:DateTime64(6, 'UTC')}
        AND need_id IN (SELECT need_id FROM decided)
    GROUP BY need_id
)
SELECT {partition:UInt32} AS partition, n.of_area AS area, d.need_id AS need_id, d.reason AS reason,
    d.known_at AS known_at, d.offset AS offset, d.idx AS idx
FROM decided AS d
INNER JOIN needs AS n ON n.id = d.need_id
