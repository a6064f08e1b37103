-- Questions about requests and needs. State is the sum of decisions; `now` is the ledger's own time (ledger_now).

CREATE OR REPLACE VIEW need_changes $on_cluster AS
SELECT
    partition, offset, idx, at, type, need_id, request_id, requester_id, area, grid, item, need_class, mode,
    quantity, reason, reported_at, due_at, body,
    multiIf(type = 'allocation_made', quantity, type = 'allocation_released', -quantity, 0) AS reserved,
    if(type = 'line_delivered', -(delivered + returned + damaged + lost), 0) AS in_transit,
    if(type = 'line_delivered', delivered, 0) AS delivered_units
FROM decisions FINAL
WHERE stage = 'supply' AND type IN ('need_opened', 'need_amended', 'need_replanned', 'need_overdue', 'need_closed',
    'duplicate_suspected', 'allocation_made', 'allocation_released', 'line_delivered')
UNION ALL
SELECT
    partition, offset, idx, at, type, line.need_id, '', requester_id, area, grid, line.item, '', mode,
    line.quantity, '', NULL, NULL, '', -line.quantity, line.quantity, 0
FROM (SELECT * FROM decisions FINAL WHERE stage = 'supply' AND type = 'dispatch_ordered')
ARRAY JOIN lines AS line
COMMENT 'Every decision about a need, with the units that it moves: reserved, in transit, delivered';

CREATE OR REPLACE VIEW needs $on_cluster AS
WITH (SELECT now FROM ledger_now WHERE stage = 'supply') AS ledger_time
SELECT
    need_id, request_id, requester_id, area, grid, item, need_class, mode, state,
    asked AS quantity,
    assumed,
    units_reserved AS allocated,
    units_in_transit AS in_transit,
    units_delivered AS delivered,
    if(state = 'open', greatest(asked - units_delivered - units_reserved - units_in_transit, 0), 0) AS missing,
    first_report AS reported_at,
    clock_end AS due_at,
    closed_at,
    round(greatest(dateDiff('second', first_report, ifNull(closed_at, ledger_time)), 0) / 3600, 2) AS age_hours,
    ifNull(clock_end < ifNull(closed_at, ledger_time), false) AS overdue,
    duplicate_of,
    partition
FROM
(
    SELECT
        partition,
        need_id,
        anyIf(request_id, type = 'need_opened') AS request_id,
        anyIf(requester_id, type = 'need_opened') AS requester_id,
        anyIf(area, type = 'need_opened') AS area,
        anyIf(grid, type = 'need_opened') AS grid,
        anyIf(item, type = 'need_opened') AS item,
        argMaxIf(need_class, (offset, idx), type IN ('need_opened', 'need_replanned')) AS need_class,
        argMaxIf(mode, (offset, idx), type IN ('need_opened', 'need_replanned')) AS mode,
        argMaxIf(quantity, (offset, idx), type IN ('need_opened', 'need_amended')) AS asked,
        argMaxIf(JSONExtractBool(body, 'assumed'), (offset, idx), type IN ('need_opened', 'need_amended')) AS assumed,
        anyIf(reported_at, type = 'need_opened') AS first_report,
        argMaxIf(due_at, (offset, idx), type IN ('need_opened', 'need_replanned')) AS clock_end,
        sum(reserved) AS units_reserved,
        sum(in_transit) AS units_in_transit,
        sum(delivered_units) AS units_delivered,
        maxOrNullIf(at, type = 'need_closed') AS closed_at,
        if(countIf(type = 'need_closed') = 0, 'open', anyIf(reason, type = 'need_closed')) AS state,
        anyIf(JSONExtractString(body, 'other_need_id'), type = 'duplicate_suspected') AS duplicate_of
    FROM need_changes
    GROUP BY partition, need_id
    HAVING countIf(type = 'need_opened') > 0
)
COMMENT 'Every need as it stands: what was asked, set aside, on the way, delivered, missing, and how old it is';

ALTER TABLE needs $on_cluster
    COMMENT COLUMN need_id 'Request and item',
    COMMENT COLUMN requester_id 'Household (pseudonym) or institution',
    COMMENT COLUMN need_class 'life_threatening, critical, sealed or other',
    COMMENT COLUMN mode 'door, pickup or collect',
    COMMENT COLUMN state 'open, delivered, cancelled or amended (away by its requester)',
    COMMENT COLUMN quantity 'Units asked for',
    COMMENT COLUMN assumed 'Nobody said how much: the ration norm was used',
    COMMENT COLUMN allocated 'Units reserved in stock, not yet on the way',
    COMMENT COLUMN in_transit 'Units on the way',
    COMMENT COLUMN delivered 'Units handed over, confirmed',
    COMMENT COLUMN missing 'Units that no stock was found for',
    COMMENT COLUMN reported_at 'First report, from which the clock runs',
    COMMENT COLUMN due_at 'When the clock of its class ends',
    COMMENT COLUMN age_hours 'From the first report to its close, or to the ledger''s present (ledger_now)',
    COMMENT COLUMN overdue 'Its clock ended before it was closed',
    COMMENT COLUMN duplicate_of 'Another open need of the same requester and item; empty if none';

CREATE OR REPLACE VIEW open_needs $on_cluster AS
SELECT * FROM needs WHERE state = 'open'
COMMENT 'Needs that no confirmed delivery has closed';

CREATE OR REPLACE VIEW overdue_needs $on_cluster AS
SELECT
    need_id, request_id, requester_id, area, grid, item, need_class, quantity, allocated, in_transit, delivered, missing,
    reported_at, due_at, age_hours, round(age_hours - dateDiff('second', reported_at, due_at) / 3600, 2) AS hours_over
FROM needs
WHERE state = 'open' AND overdue
COMMENT 'Open needs whose clock has run out, and by how many hours';

CREATE OR REPLACE VIEW fill_rate $on_cluster AS
SELECT
    area, item, toStartOfHour(reported_at) AS hour,
    count() AS needs,
    countIf(state = 'open') AS open_needs,
    countIf(overdue) AS overdue_needs,
    sum(quantity) AS asked,
    sum(delivered) AS delivered_units,
    sum(allocated) AS allocated_units,
    sum(in_transit) AS units_in_transit,
    sum(missing) AS missing_units,
    round(sum(delivered) / sum(quantity), 4) AS fill_rate
FROM needs
WHERE state NOT IN ('cancelled', 'amended')
GROUP BY area, item, hour
COMMENT 'Delivered units over units asked, by area, item and the hour of the first report; without cancelled needs';

CREATE OR REPLACE VIEW requests $on_cluster AS
SELECT
    id AS request_id,
    anyIf(requester_id, type = 'request_recorded') AS requester_id,
    anyIf(area, type = 'request_recorded') AS area,
    argMaxIf(responsible, (offset, idx), responsible != '') AS responsible,
    anyIf(JSONExtractBool(body, 'life_threatening'), type = 'request_recorded') AS life_threatening,
    anyIf(reported_at, type = 'request_recorded') AS reported_at,
    countIf(type = 'line_refused') AS lines_refused,
    countIf(type = 'need_opened') AS needs,
    needs - countIf(type = 'need_closed') AS open_needs,
    countIf(type = 'need_closed' AND reason = 'delivered') AS delivered_needs,
    multiIf(open_needs > 0, 'open', delivered_needs > 0, 'filled', needs > 0, 'withdrawn', 'refused') AS state,
    if(open_needs > 0, NULL, maxOrNullIf(at, type = 'need_closed')) AS closed_at,
    partition
FROM
(
    -- A need's id is its request's and its item's, and an item has no colon.
    SELECT *, if(type = 'need_closed', substring(need_id, 1, length(need_id) - position(reverse(need_id), ':')), request_id)
        AS id
    FROM decisions FINAL
    WHERE stage = 'supply'
        AND type IN ('request_recorded', 'responsibility_handed', 'line_refused', 'need_opened', 'need_closed')
)
GROUP BY partition, id
HAVING countIf(type = 'request_recorded') > 0
COMMENT 'Every request with who answers for it and how many of its needs are open or delivered';

CREATE OR REPLACE VIEW refused_lines $on_cluster AS
SELECT request_id, item, JSONExtractString(body, 'code') AS code, reason, at, partition, offset, idx
FROM decisions FINAL
WHERE stage = 'supply' AND type = 'line_refused'
COMMENT 'Lines of requests that could not be taken, with the reason';

CREATE OR REPLACE VIEW requesters $on_cluster AS
SELECT
    requester_id,
    argMax(area, place) AS area,
    argMax(grid, place) AS grid,
    argMax(kind, place) AS kind,
    argMax(registered, place) AS registered,
    argMax(tier, place) AS tier,
    argMax(members, place) AS members,
    argMax(groups, place) AS groups,
    argMax(quarantine_until, place) AS quarantine_until,
    max(at) AS changed_at,
    partition
FROM
(
    SELECT
        requester_id, partition, (offset, idx) AS place, at, area, grid, tier,
        if(JSONExtractBool(body, 'institution'), 'institution', 'household') AS kind,
        JSONExtractBool(body, 'registered') AS registered,
        arraySum(arrayMap(m -> m.2, JSONExtractKeysAndValues(body, 'members', 'UInt64'))) AS members,
        arraySort(JSONExtract(body, 'groups', 'Array(String)')) AS groups,
        parseDateTime64BestEffortOrNull(JSONExtractString(body, 'quarantine_until'), 6, 'UTC') AS quarantine_until,
        type
    FROM decisions FINAL
    WHERE stage = 'supply' AND type IN ('requester_recorded', 'requester_left')
)
GROUP BY partition, requester_id
HAVING argMax(type, place) = 'requester_recorded'
COMMENT 'Households (pseudonyms only) and institutions as last known, without those that left';
