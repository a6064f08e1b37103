-- where areas
-- Consignments that areas got something of, by the papers of their lots or by the lots' ids; asked only where areas are.
consignments_in_areas AS
(
    SELECT if(named.1 = 'paper', named.2, c.consignment_id) AS consignment_id
    FROM
    (
        SELECT arrayJoin(arrayPushBack(arrayMap(lot -> ('lot', lot), known_as), ('paper', consignment_id))) AS named,
            named.2 AS id
        FROM lot_spans
        WHERE
-- include: at_that_time
            AND
-- include: in_areas
    ) AS got
    LEFT JOIN
    (
        SELECT consignment_id, arrayJoin(lots) AS lot FROM consignment_spans WHERE
-- include: at_that_time
    ) AS c ON c.lot = got.id
    WHERE named.1 = 'paper' OR c.consignment_id != ''
)
-- else
consignments_in_areas AS (SELECT '' AS consignment_id)
-- end
