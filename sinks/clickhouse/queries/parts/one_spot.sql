            SELECT {spot:String} AS spot, spot AS area
            WHERE
-- include: in_areas
