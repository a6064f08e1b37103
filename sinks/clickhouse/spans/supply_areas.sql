WITH
-- include: decided
SELECT {partition:UInt32} AS partition, area, min(known_at) AS known_at
FROM decided
WHERE area != ''
GROUP BY area
