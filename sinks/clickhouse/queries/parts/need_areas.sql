need_areas AS
(
    SELECT partition AS need_partition, need_id AS need, any(area) AS area
    FROM decisions FINAL
    WHERE stage = 'supply' AND type = 'need_opened'
    GROUP BY partition, need_id
)
