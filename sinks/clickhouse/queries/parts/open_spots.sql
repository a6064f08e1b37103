            SELECT DISTINCT if(grid = '', area, grid) AS spot
            FROM need_spans
            WHERE
-- include: at_that_time
                AND
-- include: in_areas
