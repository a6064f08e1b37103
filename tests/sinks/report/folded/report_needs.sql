-- Needs of all areas together: asked, filled, withdrawn since {since}; open and overdue at {as_of}, and why.
-- include: needs_why
SELECT
-- include: needs_counts
FROM needs_why
WHERE
-- include: in_areas
