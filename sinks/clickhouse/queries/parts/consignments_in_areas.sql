-- where areas
-- Consignments that areas got something of, by the papers of their lots or by the lots' ids; asked only where areas are.
consignments_in_areas AS
(
    WITH lots_in_areas AS
    (
        SELECT consignment_id AS on_paper, known_as FROM lot_spans
        WHERE notEmpty({areas:Array(String)}) AND
-- include: at_that_time
            AND
-- include: in_areas
    )
    SELECT on_paper AS consignment_id FROM lots_in_areas
    UNION ALL
    SELECT consignment_id
    FROM (SELECT consignment_id, arrayJoin(lots) AS lot FROM consignment_spans WHERE notEmpty({areas:Array(String)}) AND
-- include: at_that_time
    )
    WHERE lot IN (SELECT arrayJoin(known_as) FROM lots_in_areas)
)
-- else
consignments_in_areas AS (SELECT '' AS consignment_id)
-- end
