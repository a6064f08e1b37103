-- Who answered for the open needs at {as_of}, and for how many; an empty owner: nobody was on duty.
WITH
-- include: owned open_spots
SELECT owner, sum(spots.opened) AS open_needs, sum(spots.late) AS overdue_needs, uniqExact(spots.spot) AS grids
FROM
(
    SELECT if(grid = '', area, grid) AS spot, sum(sign) AS opened, sumIf(sign, due_at < {as_of:DateTime64(6, 'UTC')}) AS late
    FROM need_spans
    WHERE
-- include: at_that_time
        AND
-- include: in_areas
        AND
-- include: in_place
    GROUP BY spot
    HAVING opened > 0
) AS spots
LEFT JOIN owned ON owned.spot = spots.spot
GROUP BY owner
ORDER BY owner != '', open_needs DESC, owner
