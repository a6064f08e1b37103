-- Needs by supply area: asked, filled, withdrawn since {since}; open and overdue at {as_of}, and why.
-- include: needs_why
SELECT
    area,
-- include: needs_counts
FROM needs_why
WHERE
-- include: in_areas
GROUP BY area
ORDER BY area
