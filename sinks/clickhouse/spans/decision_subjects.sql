WITH
-- include: decided
SELECT partition, about.1 AS subject, about.2 AS id, at, known_at, offset, idx, type, event_kind, area, item, dispatch_id,
    need_id, body
FROM decided
ARRAY JOIN arrayDistinct(arrayFilter(each -> each.2 != '', arrayConcat(
    [('requester', requester_id), ('need', need_id), ('lot', lot_id), ('lot', from_lot_id)],
    arrayMap(line -> ('need', line.2), lines), arrayMap(line -> ('lot', line.3), lines)))) AS about
