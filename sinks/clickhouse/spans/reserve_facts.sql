WITH
-- include: decided
SELECT partition, area, item, type, quantity, known_at, offset, idx
FROM decided
