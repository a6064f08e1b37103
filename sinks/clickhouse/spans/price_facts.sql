WITH
-- include: decided
SELECT partition, area, item, JSONExtractInt(body, 'fen') AS fen, at, known_at, offset, idx
FROM decided
