-- Consignments that areas got something of, by the papers of their lots or by the lots' ids; asked only where areas are.
consignments_in_areas AS
(
    WITH lots_in_areas AS
    (
        SELECT
            JSONExtractString(body, 'consignment_id') AS on_paper,
            arrayConcat([lot_id, from_lot_id], JSONExtract(body, 'moved_from', 'Array(String)')) AS known_as
        FROM decisions FINAL
        WHERE stage = 'supply' AND type = 'lot_recorded' AND offset < supply_cut.1[partition]
            AND notEmpty({areas:Array(String)}) AND
-- include: in_areas
    )
    SELECT on_paper AS consignment_id FROM lots_in_areas
    UNION ALL
    SELECT consignment_id
    FROM
    (
        SELECT consignment_id, arrayJoin(JSONExtract(body, 'fact', if(kind = 'lots_transformed', 'outputs', 'lots'),
            'Array(Tuple(lot_id String))')).1 AS lot
        FROM coldchain_decisions FINAL
        WHERE type = 'fact_recorded' AND kind IN ('consignment_declared', 'lots_transformed')
            AND notEmpty({areas:Array(String)}) AND offset < coldchain_cut.1[partition]
    )
    WHERE lot IN (SELECT arrayJoin(known_as) FROM lots_in_areas)
)
