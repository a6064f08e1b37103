-- What was so, from when until when, for pages and reports that answer at once, of now and of any past moment. Filled from
-- the ledgers in steps (sinks/clickhouse/spans), each step planned in span_plans before it runs.
--
-- valid_from, valid_until and known_at count in known time: when a record was written, and never before the one before it
-- in its partition. So what is valid at T, or known by T, is what the records written by T say, in the order of the ledger.
-- A span that goes on ends in 2200; when it ends, it is taken back (sign -1) and written again with its end. What goes on
-- lies in a partition of its own, which stays small and is merged often; what has ended is never taken back. Read: valid_from <= T AND valid_until > T, and FINAL or sums weighted with sign.
-- Keys end with stage and partition: ids coincide across partitions, and FINAL takes rows of the same key for one.

CREATE TABLE IF NOT EXISTS span_plans $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage whose ledger is read',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    lo UInt64 COMMENT 'First offset of the step',
    hi UInt64 COMMENT 'First offset after the step',
    known DateTime64(6, 'UTC') COMMENT 'Known time at which the step begins',
    planned_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When it was planned'
)
ENGINE = $merge
PARTITION BY (stage, partition)
ORDER BY (stage, partition, lo)
SETTINGS $window
COMMENT 'Steps in which spans are made; the first plan for an offset is the one that counts';

CREATE TABLE IF NOT EXISTS need_spans $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    need_id String COMMENT 'Request and item' CODEC(ZSTD(1)),
    request_id String COMMENT 'Request' CODEC(ZSTD(1)),
    requester_id String COMMENT 'Household (pseudonym) or institution' CODEC(ZSTD(1)),
    area LowCardinality(String) COMMENT 'Supply area',
    grid LowCardinality(String) COMMENT 'Grid of the requester',
    item LowCardinality(String) COMMENT 'Item',
    need_class LowCardinality(String) COMMENT 'life_threatening, critical, sealed or other',
    mode LowCardinality(String) COMMENT 'door, pickup or collect',
    tier LowCardinality(String) COMMENT 'Tier of the requester; empty: not registered',
    groups Array(LowCardinality(String)) COMMENT 'Groups of the requester',
    institution Bool COMMENT 'The requester is an institution',
    state LowCardinality(String) COMMENT 'open; of the last span: delivered, cancelled or amended',
    quantity Int64 COMMENT 'Units asked for' CODEC(ZSTD(1)),
    reserved Int64 COMMENT 'Units set aside' CODEC(ZSTD(1)),
    in_transit Int64 COMMENT 'Units on the way' CODEC(ZSTD(1)),
    delivered Int64 COMMENT 'Units handed over' CODEC(ZSTD(1)),
    last_change LowCardinality(String) COMMENT 'Type of the decision that began this span',
    last_reason LowCardinality(String) COMMENT 'Its reason, or that of the newest one that had any',
    reported_at DateTime64(6, 'UTC') COMMENT 'First report' CODEC(Delta, ZSTD(1)),
    due_at DateTime64(6, 'UTC') COMMENT 'End of its clock' CODEC(Delta, ZSTD(1)),
    changed_at DateTime64(6, 'UTC') COMMENT 'Time in the ledger of what began this span' CODEC(Delta, ZSTD(1)),
    opened_from DateTime64(6, 'UTC') COMMENT 'When the need became known' CODEC(Delta, ZSTD(1)),
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is; equal to valid_from: it ended then' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that began it' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1)),
    made_in UInt64 COMMENT 'First offset of the step that wrote it' CODEC(Delta, ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1,
    INDEX by_step made_in TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY (partition, valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
ORDER BY (valid_until, need_id, valid_from, offset, partition)
SETTINGS $window
COMMENT 'Every state that a need was in, and when; read with FINAL';

CREATE TABLE IF NOT EXISTS dispatch_spans $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    dispatch_id String COMMENT 'Dispatch' CODEC(ZSTD(1)),
    requester_id String COMMENT 'Household (pseudonym) or institution' CODEC(ZSTD(1)),
    area LowCardinality(String) COMMENT 'Supply area',
    grid LowCardinality(String) COMMENT 'Grid of the requester',
    team LowCardinality(String) COMMENT 'Team that delivers',
    mode LowCardinality(String) COMMENT 'door, pickup or collect',
    units Int64 COMMENT 'Units in the bag' CODEC(ZSTD(1)),
    outcome LowCardinality(String) COMMENT 'out; of the last span: how it ended',
    failure LowCardinality(String) COMMENT 'Why it failed; empty if it did not',
    recalled Bool COMMENT 'It was called back while it was out',
    returned Int64 COMMENT 'Of the last span: units that came back fit for use' CODEC(ZSTD(1)),
    damaged Int64 COMMENT 'Of the last span: units that came back unfit' CODEC(ZSTD(1)),
    lost Int64 COMMENT 'Of the last span: units that nobody accounts for' CODEC(ZSTD(1)),
    ordered_at DateTime64(6, 'UTC') COMMENT 'When it was ordered' CODEC(Delta, ZSTD(1)),
    deadline DateTime64(6, 'UTC') COMMENT 'By when it is to be confirmed' CODEC(Delta, ZSTD(1)),
    ordered_from DateTime64(6, 'UTC') COMMENT 'When the order became known' CODEC(Delta, ZSTD(1)),
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is; equal to valid_from: it ended then' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the newest record about it, when this was written' CODEC(Delta, ZSTD(1)),
    made_in UInt64 COMMENT 'First offset of the step that wrote it' CODEC(Delta, ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1,
    INDEX by_step made_in TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY (partition, valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
ORDER BY (valid_until, dispatch_id, valid_from, partition)
SETTINGS $window
COMMENT 'When a dispatch was out, and how it ended; read with FINAL';

CREATE TABLE IF NOT EXISTS lot_spans $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    lot_id String COMMENT 'Lot' CODEC(ZSTD(1)),
    area LowCardinality(String) COMMENT 'Supply area',
    item LowCardinality(String) COMMENT 'Item',
    warehouse LowCardinality(String) COMMENT 'Warehouse',
    temperature LowCardinality(String) COMMENT 'Temperature class',
    origin String COMMENT 'Where it came from, in the words of its publisher' CODEC(ZSTD(1)),
    consignment_id String COMMENT 'Consignment of the cold chain; empty if none' CODEC(ZSTD(1)),
    expires_on Nullable(Date) COMMENT 'Last day on which it may be given out',
    known_as Array(String) COMMENT 'Its id, and those of the lots that it came from' CODEC(ZSTD(1)),
    received Int64 COMMENT 'Units that came in' CODEC(ZSTD(1)),
    shelf Int64 COMMENT 'Units on the shelf, free or not' CODEC(ZSTD(1)),
    reserved Int64 COMMENT 'Units set aside for needs' CODEC(ZSTD(1)),
    in_transit Int64 COMMENT 'Units on the way' CODEC(ZSTD(1)),
    delivered Int64 COMMENT 'Units handed over' CODEC(ZSTD(1)),
    written_off Int64 COMMENT 'Units gone: spoilt, damaged, lost' CODEC(ZSTD(1)),
    transferred_out Int64 COMMENT 'Units that left for another lot or area' CODEC(ZSTD(1)),
    sent Int64 COMMENT 'Units that were ever sent out to needs' CODEC(ZSTD(1)),
    first_sent Nullable(Date) COMMENT 'Day of the ledger on which units were first sent out',
    held Bool COMMENT 'A hold is on it',
    expired Bool COMMENT 'Past its last day',
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that began it' CODEC(Delta, ZSTD(1)),
    made_in UInt64 COMMENT 'First offset of the step that wrote it' CODEC(Delta, ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1,
    INDEX by_step made_in TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY (partition, valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
ORDER BY (valid_until, lot_id, valid_from, offset, partition)
SETTINGS $window
COMMENT 'Every state that a lot was in, and when; read with FINAL';

CREATE TABLE IF NOT EXISTS requester_facts $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    requester_id String COMMENT 'Household (pseudonym) or institution' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1)),
    at DateTime64(6, 'UTC') COMMENT 'Time in the ledger' CODEC(Delta, ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known' CODEC(Delta, ZSTD(1)),
    here Bool COMMENT 'It is in this area from now on; false: it left',
    area LowCardinality(String) COMMENT 'Supply area',
    grid LowCardinality(String) COMMENT 'Grid',
    tier LowCardinality(String) COMMENT 'Control tier',
    groups Array(LowCardinality(String)) COMMENT 'Groups looked after by name',
    members UInt32 COMMENT 'People; 0: not known',
    institution Bool COMMENT 'An institution, not a household',
    registered Bool COMMENT 'False: met only in a request',
    INDEX by_offset offset TYPE minmax GRANULARITY 1
)
ENGINE = $replacing
PARTITION BY partition
ORDER BY (requester_id, offset, idx, partition)
SETTINGS $window
COMMENT 'What was known of requesters, and when; read with FINAL';

CREATE TABLE IF NOT EXISTS decision_subjects $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    subject LowCardinality(String) COMMENT 'requester, need or lot',
    id String COMMENT 'Its id' CODEC(ZSTD(1)),
    at DateTime64(6, 'UTC') COMMENT 'When it was decided, in ledger time' CODEC(Delta, ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1)),
    type LowCardinality(String) COMMENT 'Type of the decision',
    event_kind LowCardinality(String) COMMENT 'Kind of the event that caused it',
    area LowCardinality(String) COMMENT 'Supply area that the decision names; empty if none',
    item LowCardinality(String) COMMENT 'Item that it names',
    dispatch_id String COMMENT 'Dispatch that it names' CODEC(ZSTD(1)),
    need_id String COMMENT 'Need that it names' CODEC(ZSTD(1)),
    body String COMMENT 'The whole decision as JSON' CODEC(ZSTD(1))
)
ENGINE = $replacing
PARTITION BY partition
ORDER BY (subject, id, offset, idx, partition)
SETTINGS $window, index_granularity = 512
COMMENT 'Which decisions are about whom: the quick way from a household, need or lot to its decisions';

CREATE TABLE IF NOT EXISTS need_setbacks $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    area LowCardinality(String) COMMENT 'Supply area',
    need_id String COMMENT 'Need' CODEC(ZSTD(1)),
    reason LowCardinality(String) COMMENT 'Why what was meant for it is not any more',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1))
)
ENGINE = $replacing
PARTITION BY partition
ORDER BY (known_at, offset, idx, partition)
SETTINGS $window
COMMENT 'When needs lost what was meant for them, and why; read with FINAL';

CREATE TABLE IF NOT EXISTS price_facts $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    area LowCardinality(String) COMMENT 'Supply area',
    item LowCardinality(String) COMMENT 'Item',
    fen Int64 COMMENT 'Price of a unit in fen (1/100 yuan)' CODEC(ZSTD(1)),
    at DateTime64(6, 'UTC') COMMENT 'Time in the ledger' CODEC(Delta, ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1))
)
ENGINE = $replacing
PARTITION BY partition
ORDER BY (at, area, item, offset, idx, partition)
SETTINGS $window
COMMENT 'Prices by time; read with FINAL';

CREATE TABLE IF NOT EXISTS facility_spans $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    area LowCardinality(String) COMMENT 'Supply area',
    source LowCardinality(String) COMMENT 'Who reports',
    reports UInt64 COMMENT 'Reports of stock so far' CODEC(ZSTD(1)),
    last_at DateTime64(6, 'UTC') COMMENT 'Time in the ledger of the newest of them' CODEC(Delta, ZSTD(1)),
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that began it' CODEC(Delta, ZSTD(1)),
    made_in UInt64 COMMENT 'First offset of the step that wrote it' CODEC(Delta, ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1,
    INDEX by_step made_in TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY (partition, valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
ORDER BY (valid_until, area, source, valid_from, partition)
SETTINGS $window
COMMENT 'How often and when last facilities reported stock, and when that was so; read with FINAL';

CREATE TABLE IF NOT EXISTS late_reports $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage that took it up',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    area LowCardinality(String) COMMENT 'Supply area; empty: none',
    source LowCardinality(String) COMMENT 'Who reported',
    late_s UInt32 COMMENT 'Seconds from what happened to the report' CODEC(ZSTD(1)),
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1))
)
ENGINE = $replacing
PARTITION BY (stage, partition)
ORDER BY (known_at, offset, idx, stage, partition)
SETTINGS $window
COMMENT 'Reports more than an hour after what they tell of; read with FINAL';

CREATE TABLE IF NOT EXISTS supply_areas $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    area LowCardinality(String) COMMENT 'Supply area',
    known_at SimpleAggregateFunction(min, DateTime64(6, 'UTC')) COMMENT 'When it was first heard of'
)
ENGINE = $aggregating
PARTITION BY partition
ORDER BY (area, partition)
SETTINGS $window
COMMENT 'Areas that needs, lots or requesters are in; read with min';

CREATE TABLE IF NOT EXISTS consignment_spans $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    consignment_id String COMMENT 'Consignment' CODEC(ZSTD(1)),
    profile LowCardinality(String) COMMENT 'Temperature profile',
    origin String COMMENT 'Where it came from, in the words of its publisher' CODEC(ZSTD(1)),
    importer String COMMENT 'Importer; empty: none named' CODEC(ZSTD(1)),
    step LowCardinality(String) COMMENT 'Step that it reached last',
    facility String COMMENT 'Where' CODEC(ZSTD(1)),
    step_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When, as reported' CODEC(ZSTD(1)),
    lots Array(String) COMMENT 'Lots that it was declared with, and what became of them' CODEC(ZSTD(1)),
    warnings UInt32 COMMENT 'Early warnings so far' CODEC(ZSTD(1)),
    closed Bool COMMENT 'Nothing more is expected of it',
    heard_at DateTime64(6, 'UTC') COMMENT 'Time in the ledger of what began this span' CODEC(Delta, ZSTD(1)),
    known_from DateTime64(6, 'UTC') COMMENT 'When it was first heard of' CODEC(Delta, ZSTD(1)),
    closed_from Nullable(DateTime64(6, 'UTC')) COMMENT 'When it became known that it was closed' CODEC(ZSTD(1)),
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that began it' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1)),
    made_in UInt64 COMMENT 'First offset of the step that wrote it' CODEC(Delta, ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1,
    INDEX by_step made_in TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY (partition, valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
ORDER BY (valid_until, consignment_id, valid_from, offset, partition)
SETTINGS $window
COMMENT 'Every state that a consignment was in, and when; read with FINAL';

CREATE TABLE IF NOT EXISTS coldchain_spans $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    what LowCardinality(String) COMMENT 'check (a rule is broken), hold, breach (of a temperature limit) or finding (of an inspection)',
    id String COMMENT 'Its id' CODEC(ZSTD(1)),
    subject String COMMENT 'Consignment; of findings the premises' CODEC(ZSTD(1)),
    logger_id String COMMENT 'Logger; empty where none is meant' CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'Rule of a check; hot or cold of a breach',
    severity LowCardinality(String) COMMENT 'Severity of a check',
    begun_at DateTime64(6, 'UTC') COMMENT 'When it began, as reported' CODEC(ZSTD(1)),
    ended_at Nullable(DateTime64(6, 'UTC')) COMMENT 'End of a breach; deadline of a finding; NULL: none' CODEC(ZSTD(1)),
    limit_c Float64 COMMENT 'Limit that was broken, degrees Celsius' CODEC(ZSTD(1)),
    peak_c Nullable(Float64) COMMENT 'Worst reading, degrees Celsius' CODEC(ZSTD(1)),
    over Bool COMMENT 'It ended with this span: mended or withdrawn, and not replaced by a later word on it',
    known_from DateTime64(6, 'UTC') COMMENT 'When it was first heard of' CODEC(Delta, ZSTD(1)),
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that began it' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1)),
    made_in UInt64 COMMENT 'First offset of the step that wrote it' CODEC(Delta, ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1,
    INDEX by_step made_in TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY (partition, valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
ORDER BY (valid_until, what, subject, logger_id, id, valid_from, offset, idx, partition)
SETTINGS $window
COMMENT 'What stood against consignments and premises, and when; read with FINAL';

CREATE TABLE IF NOT EXISTS logger_facts $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known' CODEC(Delta, ZSTD(1)),
    type LowCardinality(String) COMMENT 'reading_recorded, gap_found, warning_raised or sensor_flagged',
    consignment_id String COMMENT 'Consignment' CODEC(ZSTD(1)),
    logger_id String COMMENT 'Logger' CODEC(ZSTD(1)),
    out Bool COMMENT 'Of readings: out of range',
    late Bool COMMENT 'Of readings: a newer one of this logger was known already',
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1))
)
ENGINE = $replacing
PARTITION BY partition
ORDER BY (known_at, offset, idx, partition)
SETTINGS $window
COMMENT 'What loggers said, by when it became known; read with FINAL';

CREATE TABLE IF NOT EXISTS alert_spans $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    alert_id String COMMENT 'The one id of a kind and subject' CODEC(ZSTD(1)),
    episode UInt32 COMMENT 'How often this kind and subject was raised, from 1',
    kind LowCardinality(String) COMMENT 'What it is about, such as need_overdue',
    subject String COMMENT 'Id of what it is about' CODEC(ZSTD(1)),
    place LowCardinality(String) COMMENT 'Grid or area; empty: the whole city',
    state LowCardinality(String) COMMENT 'raised, escalated or acknowledged; of the last span: resolved',
    severity LowCardinality(String) COMMENT 'warning or critical',
    level LowCardinality(String) COMMENT 'Who is asked: grid, community, district or city',
    owner LowCardinality(String) COMMENT 'Who is on duty for it; empty: nobody',
    escalated Bool COMMENT 'It went up a level',
    silenced Bool COMMENT 'A silence holds for it',
    acknowledged_by LowCardinality(String) COMMENT 'Who acknowledged it last; empty: nobody',
    comment String COMMENT 'What was said then' CODEC(ZSTD(1)),
    reason LowCardinality(String) COMMENT 'Of the last span: why it was over',
    detail String COMMENT 'What its words need, JSON' CODEC(ZSTD(1)),
    changes UInt32 COMMENT 'Decisions about it so far' CODEC(ZSTD(1)),
    since DateTime64(6, 'UTC') COMMENT 'When what it says began' CODEC(ZSTD(1)),
    raised_at DateTime64(6, 'UTC') COMMENT 'When it was raised, in ledger time' CODEC(ZSTD(1)),
    changed_at DateTime64(6, 'UTC') COMMENT 'Time in the ledger of what began this span' CODEC(ZSTD(1)),
    raised_from DateTime64(6, 'UTC') COMMENT 'When it became known' CODEC(ZSTD(1)),
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is; equal to valid_from: it ended then' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that began it' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1)),
    made_in UInt64 COMMENT 'First offset of the step that wrote it' CODEC(Delta, ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1,
    INDEX by_step made_in TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY (partition, valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
ORDER BY (valid_until, alert_id, valid_from, offset, idx, partition)
SETTINGS $window
COMMENT 'Every state that an alert was in, and when; read with FINAL';

CREATE TABLE IF NOT EXISTS refusals $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage that refused it',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    known_at DateTime64(6, 'UTC') COMMENT 'When it became known' CODEC(Delta, ZSTD(1)),
    at DateTime64(6, 'UTC') COMMENT 'Time in the ledger' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    code LowCardinality(String) COMMENT 'Why the message was refused, a stable code',
    field String COMMENT 'Field of the message that was refused' CODEC(ZSTD(1)),
    reason String COMMENT 'Why, in words' CODEC(ZSTD(1)),
    size UInt64 COMMENT 'Size of the message in bytes' CODEC(ZSTD(1)),
    source_topic LowCardinality(String) COMMENT 'Topic of the message',
    source_partition UInt32 COMMENT 'Its partition',
    source_offset UInt64 COMMENT 'Its offset' CODEC(Delta, ZSTD(1))
)
ENGINE = $replacing
PARTITION BY (stage, partition)
ORDER BY (known_at, offset, stage, partition)
SETTINGS $window
COMMENT 'Messages that were refused, by when it became known; read with FINAL';

CREATE TABLE IF NOT EXISTS ledger_heads $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage whose ledger this is',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    offset UInt64 COMMENT 'Offset of the newest accepted record' CODEC(Delta, ZSTD(1)),
    seq UInt64 COMMENT 'Its place in the chain' CODEC(Delta, ZSTD(1)),
    records UInt64 COMMENT 'Accepted records up to it' CODEC(Delta, ZSTD(1)),
    decided UInt64 COMMENT 'Of these, messages that were taken up' CODEC(ZSTD(1)),
    rejected UInt64 COMMENT 'Of these, messages that were refused' CODEC(ZSTD(1)),
    owners UInt64 COMMENT 'Of these, records with which a worker took the partition over' CODEC(ZSTD(1)),
    fenced UInt64 COMMENT 'Records before it that do not count' CODEC(ZSTD(1)),
    decisions UInt64 COMMENT 'Decisions in the accepted ones' CODEC(ZSTD(1)),
    bytes UInt64 COMMENT 'Size of all' CODEC(ZSTD(1)),
    last_at DateTime64(6, 'UTC') COMMENT 'Newest time in the ledger' CODEC(Delta, ZSTD(1)),
    worked_at DateTime64(6, 'UTC') COMMENT 'Known time of the newest record but for those that open; 1970: none yet' CODEC(Delta, ZSTD(1)),
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is' CODEC(Delta, ZSTD(1)),
    made_in UInt64 COMMENT 'First offset of the step that wrote it' CODEC(Delta, ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1,
    INDEX by_step made_in TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY (stage, partition, valid_until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'))
ORDER BY (valid_until, valid_from, offset, stage, partition)
SETTINGS $window, index_granularity = 512
COMMENT 'Where every ledger partition ended, and when; the last table that a step fills; read with FINAL';
