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
    FROM
    (
        SELECT consignment_id, arrayJoin(JSONExtract(body, 'fact', if(kind = 'lots_transformed', 'outputs', 'lots'),
            'Array(Tuple(lot_id String))')).1 AS lot
        FROM coldchain_decisions FINAL
        WHERE type = 'fact_recorded' AND kind IN ('consignment_declared', 'lots_transformed')
            AND notEmpty({areas:Array(String)}) AND offset < coldchain_cut[partition]
    )
    WHERE lot IN (SELECT arrayJoin(known_as) FROM lots_in_areas)
)
