-- How many open needs there were at {as_of} of what is asked for, and what can be chosen.
WITH
-- include: owned open_spots
SELECT sum(sign) AS needs, arraySort(groupUniqArray(item)) AS items, arraySort(groupUniqArray(area)) AS places
FROM need_spans
WHERE
-- include: at_that_time
    AND
-- include: in_areas
    AND
-- include: in_place
    AND
-- include: needs_chosen
    AND
-- include: of_owner
