-- Questions about consignments: where they are, what was reported of them, which lots, who handed what to whom.
-- A report that was withdrawn stays visible in consignment_reports and counts nowhere else.

CREATE OR REPLACE VIEW consignment_reports $on_cluster AS
SELECT
    consignment_id, kind, at, known_at, event_id,
    JSONExtractString(body, 'fact', 'source') AS source,
    JSONExtractString(body, 'fact', 'facility') AS facility,
    lot_ids,
    (consignment_id, event_id) IN (
        SELECT consignment_id, JSONExtractString(body, 'event_id') FROM coldchain_decisions FINAL
        WHERE type = 'fact_withdrawn') AS withdrawn,
    JSONExtractRaw(body, 'fact') AS report,
    partition, offset, idx
FROM coldchain_decisions FINAL
WHERE type = 'fact_recorded'
COMMENT 'Every report about a consignment, but for readings, in the words of its publisher';

ALTER TABLE consignment_reports $on_cluster
    COMMENT COLUMN kind 'Kind of the report, such as custody_handed',
    COMMENT COLUMN at 'When it happened, by its publisher',
    COMMENT COLUMN known_at 'When it was taken, in ledger time',
    COMMENT COLUMN source 'Who says so',
    COMMENT COLUMN lot_ids 'Lots that it names; none: all of the consignment',
    COMMENT COLUMN withdrawn 'It was withdrawn later and does not count',
    COMMENT COLUMN report 'The whole report as JSON';

CREATE OR REPLACE VIEW consignment_steps $on_cluster AS
SELECT
    consignment_id,
    multiIf(kind = 'consignment_declared', 'declared', kind = 'lab_reported', 'tested',
        kind = 'lots_disinfected', 'disinfected', JSONExtractString(report, 'step')) AS step,
    at, facility, lot_ids,
    JSONExtractString(report, 'to_area') AS to_area,
    JSONExtract(report, 'quantities', 'Array(Tuple(lot_id String, quantity Int64))') AS quantities,
    source, known_at, event_id, partition, offset, idx
FROM consignment_reports
WHERE NOT withdrawn AND kind IN ('consignment_declared', 'step_reported', 'lab_reported', 'lots_disinfected')
COMMENT 'Steps of consignments as reported, whether or not their checks hold';

ALTER TABLE consignment_steps $on_cluster
    COMMENT COLUMN at 'When it happened',
    COMMENT COLUMN lot_ids 'Lots that came to the step; none: all of the consignment',
    COMMENT COLUMN to_area 'Of issued: the supply area that gets them',
    COMMENT COLUMN quantities 'Units counted there, by lot, where they were counted';

CREATE OR REPLACE VIEW certificates $on_cluster AS
SELECT
    consignment_id, d.certificate_id AS certificate_id, d.type AS type, d.issuer AS issuer, d.province AS province,
    parseDateTime64BestEffortOrNull(d.valid_from, 6, 'UTC') AS valid_from,
    parseDateTime64BestEffortOrNull(d.valid_until, 6, 'UTC') AS valid_until,
    lot_ids, known_at, event_id, partition, offset, idx
FROM
(
    SELECT *, JSONExtract(report, 'Tuple(certificate_id String, type String, issuer String, province String,
        valid_from String, valid_until String)') AS d
    FROM consignment_reports
    WHERE NOT withdrawn AND kind = 'certificate_issued'
)
COMMENT 'Certificates of consignments (三证一码 and more), with issuer, validity and the lots that they cover';

ALTER TABLE certificates $on_cluster
    COMMENT COLUMN type 'customs_declaration, quarantine_inspection, nucleic_acid_test, disinfection, trace_code, exit or exit_elsewhere',
    COMMENT COLUMN valid_until 'NULL: no end',
    COMMENT COLUMN lot_ids 'Lots covered; none: all of the consignment',
    COMMENT COLUMN known_at 'When it was taken, in ledger time';

CREATE OR REPLACE VIEW custody $on_cluster AS
SELECT
    consignment_id, d.from_party AS from_party, d.to_party AS to_party,
    parseDateTime64BestEffortOrNull(d.given_at, 6, 'UTC') AS given_at,
    parseDateTime64BestEffortOrNull(d.taken_at, 6, 'UTC') AS taken_at,
    d.seal_given AS seal_given, d.seal_found AS seal_found,
    seal_given != '' AND seal_found != '' AND seal_given != seal_found AS seal_differs,
    facility, d.driver_id AS driver_id, d.vehicle AS vehicle, lot_ids, d.quantities AS quantities,
    known_at, event_id, partition, offset, idx
FROM
(
    SELECT *, JSONExtract(report, 'Tuple(from_party String, to_party String, given_at String, taken_at String,
        seal_given String, seal_found String, driver_id String, vehicle String,
        quantities Array(Tuple(lot_id String, quantity Int64)))') AS d
    FROM consignment_reports
    WHERE NOT withdrawn AND kind = 'custody_handed'
)
COMMENT 'Handovers of consignments: both parties, both times, both seal numbers';

ALTER TABLE custody $on_cluster
    COMMENT COLUMN given_at 'When it was given, by who gave it',
    COMMENT COLUMN taken_at 'When it was taken, by who took it',
    COMMENT COLUMN seal_differs 'Both sides say a seal number, and not the same',
    COMMENT COLUMN lot_ids 'Lots handed over; none: all of the consignment',
    COMMENT COLUMN quantities 'Units counted at the handover, by lot, where they were counted';

CREATE OR REPLACE VIEW laboratory_results $on_cluster AS
SELECT
    consignment_id, JSONExtractString(report, 'sample_id') AS sample_id,
    JSONExtractString(report, 'laboratory') AS laboratory, JSONExtractString(report, 'result') AS result,
    parseDateTime64BestEffortOrNull(JSONExtractString(report, 'sampled_at'), 6, 'UTC') AS sampled_at,
    at AS reported_at, lot_ids, known_at, event_id, partition, offset, idx
FROM consignment_reports
WHERE NOT withdrawn AND kind = 'lab_reported'
COMMENT 'Laboratory results by sample; lot_ids none: of the consignment as a whole';

CREATE OR REPLACE VIEW lot_aggregations $on_cluster AS
SELECT
    consignment_id, JSONExtractString(report, 'parent_id') AS parent_id, child_id,
    JSONExtractString(report, 'action') AS action, at, known_at, event_id, partition, offset, idx
FROM consignment_reports
ARRAY JOIN JSONExtract(report, 'child_ids', 'Array(String)') AS child_id
WHERE NOT withdrawn AND kind = 'lots_aggregated'
COMMENT 'Lots and packages put into a pallet or container (add) or taken out (delete)';

CREATE OR REPLACE VIEW lot_transformations $on_cluster AS
SELECT
    consignment_id, used.lot_id AS input_lot_id, used.quantity AS input_quantity,
    made.lot_id AS output_lot_id, made.item AS output_item, made.quantity AS output_quantity,
    at, facility, known_at, event_id, partition, offset, idx
FROM
(
    SELECT *, arrayJoin(JSONExtract(report, 'outputs',
        'Array(Tuple(lot_id String, item String, quantity Int64, expires_on String))')) AS made
    FROM consignment_reports
    WHERE NOT withdrawn AND kind = 'lots_transformed'
)
ARRAY JOIN JSONExtract(report, 'inputs', 'Array(Tuple(lot_id String, quantity Int64))') AS used
COMMENT 'Lots that became other lots: one row for each input and output of a transformation';

ALTER TABLE lot_transformations $on_cluster
    COMMENT COLUMN input_quantity 'Units of the input lot used up, the same in each of its rows of one event',
    COMMENT COLUMN output_quantity 'Units of the output lot made, the same in each of its rows of one event';

CREATE OR REPLACE VIEW checks $on_cluster AS
SELECT
    check_id,
    any(rule_) AS rule,
    argMaxIf(severity_, place, failed) AS severity,
    consignment AS consignment_id,
    argMaxIf(premises, place, failed) AS premises_id,
    argMaxIf(lots, place, failed) AS lot_ids,
    argMaxIf(subject_, place, failed) AS subject,
    argMaxIf(since_, place, failed) AS since,
    argMaxIf(zh, place, failed) AS reason_zh,
    argMaxIf(en, place, failed) AS reason_en,
    minIf(known, failed) AS failed_at,
    if(argMax(failed, place), 'failed', argMax(how, place)) AS state,
    if(state = 'failed', NULL, max(known)) AS mended_at,
    if(state = 'failed', '', argMax(by_, place)) AS mended_by,
    if(state = 'failed', '', argMax(words, place)) AS mended_reason,
    countIf(failed) AS times_failed,
    partition
FROM
(
    SELECT
        partition, check_id, type = 'check_failed' AS failed, (offset, idx) AS place, rule AS rule_,
        consignment_id AS consignment, lot_ids AS lots, at AS since_, known_at AS known,
        JSONExtractString(body, 'severity') AS severity_, JSONExtractString(body, 'premises_id') AS premises,
        JSONExtractString(body, 'subject') AS subject_, JSONExtractString(body, 'reason_zh') AS zh,
        JSONExtractString(body, 'reason_en') AS en, JSONExtractString(body, 'how') AS how,
        JSONExtractString(body, 'by') AS by_, JSONExtractString(body, 'reason') AS words
    FROM coldchain_decisions FINAL
    WHERE type IN ('check_failed', 'check_mended')
)
GROUP BY partition, consignment, check_id
COMMENT 'Rules that were broken, and how that ended';

ALTER TABLE checks $on_cluster
    COMMENT COLUMN severity 'hold: the lots must not be given out; warning: people are told',
    COMMENT COLUMN lot_ids 'Lots that it is about; none: all of the consignment, or premises',
    COMMENT COLUMN subject 'What broke the rule: a certificate, a logger, a sample, a party',
    COMMENT COLUMN since 'Since when the rule is broken',
    COMMENT COLUMN failed_at 'When that was first known, in ledger time',
    COMMENT COLUMN state 'failed, mended, waived (by an authority) or withdrawn',
    COMMENT COLUMN times_failed 'How often it was found broken; over 1: it broke again, or more came to be known';

CREATE OR REPLACE VIEW coldchain_holds $on_cluster AS
SELECT
    h.hold_id AS hold_id, h.check_id AS check_id, h.rule AS rule, h.consignment_id AS consignment_id,
    h.lot_ids AS lot_ids, h.reason AS reason, h.at AS true_at, h.ordered_at AS ordered_at,
    w.withdrawn_at AS withdrawn_at, w.withdrawn_reason AS withdrawn_reason, w.withdrawn_at IS NULL AS active,
    s.taken_at AS taken_at, s.taken_by AS taken_by, s.lots_met AS lots_met, s.ended_at AS ended_at,
    h.partition AS partition
FROM
(
    SELECT hold_id, any(check_id) AS check_id, any(rule) AS rule, consignment_id,
        argMax(lot_ids, (offset, idx)) AS lot_ids, argMax(JSONExtractString(body, 'reason'), (offset, idx)) AS reason,
        min(at) AS at, min(known_at) AS ordered_at, partition
    FROM coldchain_decisions FINAL
    WHERE type = 'hold_ordered'
    GROUP BY partition, consignment_id, hold_id
) AS h
LEFT JOIN
(
    SELECT hold_id, toNullable(max(known_at)) AS withdrawn_at, any(JSONExtractString(body, 'reason')) AS withdrawn_reason
    FROM coldchain_decisions FINAL
    WHERE type = 'hold_withdrawn'
    GROUP BY hold_id
) AS w ON w.hold_id = h.hold_id
LEFT JOIN
(
    SELECT hold_id,
        maxOrNullIf(at, type = 'hold_recorded') AS taken_at,
        uniqExactIf(partition, type = 'hold_recorded') AS taken_by,
        groupUniqArrayIf(lot_id, type = 'lot_held') AS lots_met,
        maxOrNullIf(at, type = 'hold_ended') AS ended_at
    FROM decisions FINAL
    WHERE stage = 'supply' AND type IN ('hold_recorded', 'hold_ended', 'lot_held')
    GROUP BY hold_id
) AS s ON s.hold_id = h.hold_id
COMMENT 'Holds that the cold chain ordered, and when the supply ledger took them';

ALTER TABLE coldchain_holds $on_cluster
    COMMENT COLUMN reason 'Why, in English; in Chinese: checks.reason_zh of its check_id',
    COMMENT COLUMN lot_ids 'Lots held; none: all of the consignment, present and to come',
    COMMENT COLUMN true_at 'When the reading or report that made it true happened',
    COMMENT COLUMN ordered_at 'When the cold chain ordered it, in its ledger time',
    COMMENT COLUMN withdrawn_at 'When the cold chain withdrew it; NULL: it stands',
    COMMENT COLUMN taken_at 'When the last supply partition took it, in that ledger''s time; NULL: none did yet',
    COMMENT COLUMN taken_by 'Supply partitions that took it',
    COMMENT COLUMN lots_met 'Lots of supply areas that it held',
    COMMENT COLUMN ended_at 'When the last supply partition took its end';

CREATE OR REPLACE VIEW consignment_lots $on_cluster AS
SELECT
    consignment_id, lot_id,
    any(item_) AS item,
    anyIf(how_, how_ != '') AS how,
    max(expiry) AS expires_on,
    sum(came) AS quantity,
    sum(used_) AS used,
    sum(returned_) AS returned,
    sum(destroyed_) AS destroyed,
    partition
FROM
(
    SELECT partition, consignment_id, lot.lot_id AS lot_id, lot.item AS item_, kind AS how_,
        toDateOrNull(lot.expires_on) AS expiry, lot.quantity AS came, 0 AS used_, 0 AS returned_, 0 AS destroyed_
    FROM consignment_reports
    ARRAY JOIN JSONExtract(report, if(kind = 'lots_transformed', 'outputs', 'lots'),
        'Array(Tuple(lot_id String, item String, quantity Int64, expires_on String))') AS lot
    WHERE NOT withdrawn AND kind IN ('consignment_declared', 'lots_transformed')
    UNION ALL
    SELECT partition, consignment_id, lot.lot_id, '', '', NULL, 0,
        if(kind = 'lots_transformed', lot.quantity, 0), if(kind = 'lots_returned', lot.quantity, 0),
        if(kind = 'lots_destroyed', lot.quantity, 0)
    FROM consignment_reports
    ARRAY JOIN JSONExtract(report, if(kind = 'lots_transformed', 'inputs', 'quantities'),
        'Array(Tuple(lot_id String, quantity Int64))') AS lot
    WHERE NOT withdrawn AND kind IN ('lots_transformed', 'lots_returned', 'lots_destroyed')
)
GROUP BY partition, consignment_id, lot_id
HAVING how != ''
COMMENT 'Lots of consignments: declared, or made from others, and what was used up, returned or destroyed of them';

ALTER TABLE consignment_lots $on_cluster
    COMMENT COLUMN how 'consignment_declared, or lots_transformed where it was made from other lots',
    COMMENT COLUMN quantity 'Units of the item declared or made',
    COMMENT COLUMN used 'Units used up in making other lots',
    COMMENT COLUMN returned 'Units sent back to where they came from',
    COMMENT COLUMN destroyed 'Units destroyed';

CREATE OR REPLACE VIEW consignments $on_cluster AS
SELECT
    c.consignment_id AS consignment_id, c.profile AS profile, c.imported AS imported, c.origin AS origin,
    c.importer AS importer, c.declared_at AS declared_at, c.step AS step, c.facility AS facility,
    c.step_at AS step_at, l.lots AS lots, l.units AS units, k.failed AS failed_checks, k.rules AS failed_rules,
    h.holds > 0 AS held, h.since AS held_since, c.breaches AS breaches,
    greatest(c.heard_at, r.read_at) AS last_heard_at, c.closed AS closed, c.partition AS partition
FROM
(
    SELECT
        partition, consignment_id,
        argMaxIf(JSONExtractString(body, 'fact', 'profile'), (offset, idx), kind = 'consignment_declared') AS profile,
        argMaxIf(if(JSONHas(body, 'fact', 'imported'), JSONExtractBool(body, 'fact', 'imported'), true), (offset, idx),
            kind = 'consignment_declared') AS imported,
        argMaxIf(JSONExtractString(body, 'fact', 'origin'), (offset, idx), kind = 'consignment_declared') AS origin,
        argMaxIf(JSONExtractString(body, 'fact', 'importer'), (offset, idx), kind = 'consignment_declared') AS importer,
        minOrNullIf(at, kind = 'consignment_declared') AS declared_at,
        argMaxIf(JSONExtractString(body, 'step'), (offset, idx), type = 'step_reached') AS step,
        argMaxIf(JSONExtractString(body, 'facility'), (offset, idx), type = 'step_reached') AS facility,
        argMaxOrNullIf(at, (offset, idx), type = 'step_reached') AS step_at,
        uniqExactIf(JSONExtractString(body, 'breach_id'), type = 'breach_opened')
            - uniqExactIf(JSONExtractString(body, 'breach_id'), type = 'breach_withdrawn') AS breaches,
        maxIf(at, type = 'fact_recorded') AS heard_at,
        countIf(type = 'consignment_closed') > 0 AS closed
    FROM coldchain_decisions FINAL
    WHERE consignment_id != '' AND type IN ('fact_recorded', 'step_reached', 'breach_opened', 'breach_withdrawn',
        'consignment_closed')
    GROUP BY partition, consignment_id
) AS c
LEFT JOIN
(
    SELECT consignment_id, max(at) AS read_at FROM coldchain_decisions
    WHERE type = 'reading_recorded'
    GROUP BY consignment_id
) AS r ON r.consignment_id = c.consignment_id
LEFT JOIN
(
    SELECT consignment_id, count() AS lots, sum(quantity - used) AS units FROM consignment_lots GROUP BY consignment_id
) AS l ON l.consignment_id = c.consignment_id
LEFT JOIN
(
    SELECT consignment_id, count() AS failed, groupUniqArray(rule) AS rules FROM checks
    WHERE state = 'failed' AND consignment_id != ''
    GROUP BY consignment_id
) AS k ON k.consignment_id = c.consignment_id
LEFT JOIN
(
    SELECT consignment_id, count() AS holds, toNullable(min(ordered_at)) AS since FROM coldchain_holds
    WHERE active AND consignment_id != ''
    GROUP BY consignment_id
) AS h ON h.consignment_id = c.consignment_id
COMMENT 'Every consignment: what it is, how far it came, which checks fail, whether it is held, when it was last heard of';

ALTER TABLE consignments $on_cluster
    COMMENT COLUMN profile 'Temperature profile that it must be kept in',
    COMMENT COLUMN imported 'Whether the rules of imports apply',
    COMMENT COLUMN step 'Furthest step reached: declared, cleared, warehoused, tested, disinfected, released, transported, stored or issued',
    COMMENT COLUMN facility 'Where it is',
    COMMENT COLUMN units 'Units of its lots, without what was used up in making others',
    COMMENT COLUMN failed_checks 'Checks that fail now',
    COMMENT COLUMN failed_rules 'Their rules',
    COMMENT COLUMN held 'A hold that it ordered stands, on all or some of its lots',
    COMMENT COLUMN breaches 'Temperature breaches, without those withdrawn',
    COMMENT COLUMN last_heard_at 'When the last report or reading of it happened';
