WITH
-- include: decided
,
changes AS
(
    SELECT
        offset, idx, 0 AS line, at, known_at, type, lot_id, area, item, warehouse, body, from_lot_id,
        if(type = 'lot_recorded', quantity, 0) AS received,
        multiIf(type IN ('lot_recorded', 'allocation_released', 'transfer_released'), quantity,
            type = 'lot_counted', delta, type IN ('lot_written_off', 'lot_transferred_out', 'allocation_made',
            'transfer_reserved'), -quantity, returned) AS shelf,
        multiIf(type IN ('allocation_made', 'transfer_reserved'), quantity,
            type IN ('allocation_released', 'transfer_released'), -quantity, 0) AS reserved,
        if(type = 'line_delivered', -(delivered + returned + damaged + lost), 0) AS in_transit,
        if(type = 'line_delivered', delivered, 0) AS delivered,
        multiIf(type = 'lot_written_off', quantity, type = 'line_delivered', damaged + lost, 0) AS written_off,
        if(type = 'lot_transferred_out', quantity, 0) AS transferred_out, 0 AS sent
    FROM decided
    WHERE type != 'dispatch_ordered'
    UNION ALL
    SELECT offset, idx, 1 AS line, at, known_at, 'lot_split', from_lot_id, '', '', '', '', '', 0, -quantity, 0, 0, 0, 0,
        quantity, 0
    FROM decided
    WHERE type = 'lot_recorded' AND from_lot_id != ''
    UNION ALL
    SELECT offset, idx, number AS line, at, known_at, type, taken.lot_id, '', '', '', '', '', 0, 0, -taken.quantity,
        taken.quantity, 0, 0, 0, taken.quantity
    FROM (SELECT offset, idx, at, known_at, type, lines FROM decided WHERE type = 'dispatch_ordered')
    ARRAY JOIN lines AS taken, arrayEnumerate(lines) AS number
),
told AS
(
    SELECT
        true AS base, offset, toUInt32(0) AS idx, 0 AS line, valid_from AS known_at, '' AS type, lot_id, area, item,
        warehouse, temperature, origin, consignment_id, expires_on, known_as, received, shelf, reserved, in_transit,
        delivered, written_off, transferred_out, sent, first_sent, held, expired
    FROM lot_spans FINAL
    WHERE partition = {partition:UInt32} AND valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC')
        AND lot_id IN (SELECT lot_id FROM changes)
    UNION ALL
    SELECT
        false, offset, idx, line, known_at, type, lot_id, area, item, warehouse,
        if(type = 'lot_recorded', JSONExtractString(body, 'temperature'), ''),
        if(type = 'lot_recorded', JSONExtractString(body, 'origin'), ''),
        if(type = 'lot_recorded', JSONExtractString(body, 'consignment_id'), ''),
        if(type = 'lot_recorded', toDateOrNull(JSONExtractString(body, 'expires_on')), NULL),
        if(type = 'lot_recorded', arrayDistinct(arrayFilter(each -> each != '',
            arrayConcat([lot_id, from_lot_id], JSONExtract(body, 'moved_from', 'Array(String)')))), []),
        received, shelf, reserved, in_transit, delivered, written_off, transferred_out, sent,
        if(sent > 0, toNullable(toDate(at)), NULL),
        type = 'lot_held' OR (type = 'lot_freed' AND NOT JSONExtractBool(body, 'free')), type = 'lot_expired'
    FROM changes
),
running AS
(
    SELECT
        base, lot_id, offset, idx, line,
        max(known_at) OVER past AS from_at,
        max(base OR type = 'lot_recorded') OVER past AS is_known,
        anyIf((area, item, warehouse, temperature, origin, consignment_id, expires_on, known_as),
            base OR type = 'lot_recorded') OVER past AS lot,
        argMaxIf(held, (offset, idx), base OR type IN ('lot_held', 'lot_freed')) OVER past AS held_,
        max(expired) OVER past AS expired_, min(first_sent) OVER past AS first_sent_,
        sum(received) OVER past AS received_, sum(shelf) OVER past AS shelf_, sum(reserved) OVER past AS reserved_,
        sum(in_transit) OVER past AS in_transit_, sum(delivered) OVER past AS delivered_,
        sum(written_off) OVER past AS written_off_, sum(transferred_out) OVER past AS transferred_out_,
        sum(sent) OVER past AS sent_
    FROM told
    WINDOW past AS (PARTITION BY lot_id ORDER BY base DESC, offset, idx, line
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
spans AS
(
    SELECT *, leadInFrame(from_at, 1, toDateTime64('2200-01-01 00:00:00', 6, 'UTC')) OVER
        (PARTITION BY lot_id ORDER BY base DESC, offset, idx, line
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at
    FROM running
    WHERE is_known
)
SELECT
    {partition:UInt32} AS partition, lot_id, lot.1 AS area, lot.2 AS item, lot.3 AS warehouse, lot.4 AS temperature,
    lot.5 AS origin, lot.6 AS consignment_id, lot.7 AS expires_on, lot.8 AS known_as, received_ AS received,
    shelf_ AS shelf, reserved_ AS reserved, in_transit_ AS in_transit, delivered_ AS delivered,
    written_off_ AS written_off, transferred_out_ AS transferred_out, sent_ AS sent, first_sent_ AS first_sent,
    held_ AS held, expired_ AS expired, from_at AS valid_from, out.2 AS valid_until, offset, out.1 AS sign
FROM spans
ARRAY JOIN if(base, [(toInt8(-1), toDateTime64('2200-01-01 00:00:00', 6, 'UTC')), (toInt8(1), next_at)],
    [(toInt8(1), next_at)]) AS out
WHERE out.1 = -1 OR valid_from < valid_until
