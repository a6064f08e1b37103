-- What was so, from when until when: needs, dispatches and lots by time, for pages that answer at once and for any
-- past moment. Filled from decisions in steps (sinks/clickhouse/spans), each step planned in span_plans before it runs.
-- A span that goes on ends in 2200. Read: valid_from <= T AND valid_until > T, and FINAL or sums weighted with sign.

CREATE TABLE IF NOT EXISTS span_plans $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage whose ledger is read',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    lo UInt64 COMMENT 'First offset of the step',
    hi UInt64 COMMENT 'First offset after the step',
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
    tier LowCardinality(String) COMMENT 'Tier of the requester when the need was opened; empty: not registered',
    groups Array(LowCardinality(String)) COMMENT 'Groups of the requester when the need was opened',
    state LowCardinality(String) COMMENT 'open; of the last span: delivered, cancelled or amended',
    quantity Int64 COMMENT 'Units asked for' CODEC(ZSTD(1)),
    reserved Int64 COMMENT 'Units set aside' CODEC(ZSTD(1)),
    in_transit Int64 COMMENT 'Units on the way' CODEC(ZSTD(1)),
    delivered Int64 COMMENT 'Units handed over' CODEC(ZSTD(1)),
    last_change LowCardinality(String) COMMENT 'Type of the decision that began this span',
    last_reason LowCardinality(String) COMMENT 'Its reason, or that of the newest one that had any',
    reported_at DateTime64(6, 'UTC') COMMENT 'First report' CODEC(Delta, ZSTD(1)),
    due_at DateTime64(6, 'UTC') COMMENT 'End of its clock' CODEC(Delta, ZSTD(1)),
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is; equal to valid_from: it ended then' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that began it' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY partition
ORDER BY (valid_until, need_id, valid_from, offset)
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
    ordered_at DateTime64(6, 'UTC') COMMENT 'When it was ordered' CODEC(Delta, ZSTD(1)),
    deadline DateTime64(6, 'UTC') COMMENT 'By when it is to be confirmed' CODEC(Delta, ZSTD(1)),
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is; equal to valid_from: it ended then' CODEC(Delta, ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY partition
ORDER BY (valid_until, dispatch_id, valid_from)
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
    received Int64 COMMENT 'Units that came in' CODEC(ZSTD(1)),
    shelf Int64 COMMENT 'Units on the shelf, free or not' CODEC(ZSTD(1)),
    reserved Int64 COMMENT 'Units set aside for needs' CODEC(ZSTD(1)),
    in_transit Int64 COMMENT 'Units on the way' CODEC(ZSTD(1)),
    delivered Int64 COMMENT 'Units handed over' CODEC(ZSTD(1)),
    written_off Int64 COMMENT 'Units gone: spoilt, damaged, lost' CODEC(ZSTD(1)),
    transferred_out Int64 COMMENT 'Units that left for another lot or area' CODEC(ZSTD(1)),
    held Bool COMMENT 'A hold is on it',
    expired Bool COMMENT 'Past its last day',
    valid_from DateTime64(6, 'UTC') COMMENT 'When this became so' CODEC(Delta, ZSTD(1)),
    valid_until DateTime64(6, 'UTC') COMMENT 'When it was no longer so; 2200: it is' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that began it' CODEC(Delta, ZSTD(1)),
    sign Int8 COMMENT '1: so; -1: takes an earlier row back',
    INDEX by_from valid_from TYPE minmax GRANULARITY 1
)
ENGINE = $collapsing
PARTITION BY partition
ORDER BY (valid_until, lot_id, valid_from, offset)
SETTINGS $window
COMMENT 'Every state that a lot was in, and when; read with FINAL';

CREATE TABLE IF NOT EXISTS requester_facts $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    requester_id String COMMENT 'Household (pseudonym) or institution' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1)),
    at DateTime64(6, 'UTC') COMMENT 'When it was known' CODEC(Delta, ZSTD(1)),
    here Bool COMMENT 'It is in this area from now on; false: it left',
    area LowCardinality(String) COMMENT 'Supply area',
    grid LowCardinality(String) COMMENT 'Grid',
    tier LowCardinality(String) COMMENT 'Control tier',
    groups Array(LowCardinality(String)) COMMENT 'Groups looked after by name',
    members UInt32 COMMENT 'People; 0: not known',
    institution Bool COMMENT 'An institution, not a household',
    registered Bool COMMENT 'False: met only in a request'
)
ENGINE = $replacing
PARTITION BY partition
ORDER BY (requester_id, offset, idx)
SETTINGS $window
COMMENT 'What was known of requesters, and when; read with FINAL';

CREATE TABLE IF NOT EXISTS decision_subjects $on_cluster
(
    partition UInt32 COMMENT 'Partition of the ledger topic',
    subject LowCardinality(String) COMMENT 'requester, need or lot',
    id String COMMENT 'Its id' CODEC(ZSTD(1)),
    at DateTime64(6, 'UTC') COMMENT 'When it was decided' CODEC(Delta, ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    idx UInt32 COMMENT 'Place of the decision in it' CODEC(ZSTD(1)),
    type LowCardinality(String) COMMENT 'Type of the decision',
    event_kind LowCardinality(String) COMMENT 'Kind of the event that caused it',
    area LowCardinality(String) COMMENT 'Supply area that the decision names; empty if none',
    item LowCardinality(String) COMMENT 'Item that it names',
    dispatch String COMMENT 'Dispatch that it names' CODEC(ZSTD(1)),
    need String COMMENT 'Need that it names' CODEC(ZSTD(1)),
    body String COMMENT 'The whole decision as JSON' CODEC(ZSTD(1))
)
ENGINE = $replacing
PARTITION BY partition
ORDER BY (subject, id, offset, idx)
SETTINGS $window, index_granularity = 512
COMMENT 'Which decisions are about whom: the quick way from a household, need or lot to its decisions';

CREATE TABLE IF NOT EXISTS ledger_minutes $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage whose ledger this is',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    minute DateTime('UTC') COMMENT 'Minute of ledger time',
    kind LowCardinality(String) COMMENT 'opened, decided, rejected or ticked; fenced: does not count',
    event_kind LowCardinality(String) COMMENT 'Kind of the event',
    source_topic LowCardinality(String) COMMENT 'Topic of the source message',
    rejection_code LowCardinality(String) COMMENT 'Why messages were refused',
    records SimpleAggregateFunction(sum, UInt64) COMMENT 'Records',
    decisions SimpleAggregateFunction(sum, UInt64) COMMENT 'Decisions in them',
    bytes SimpleAggregateFunction(sum, UInt64) COMMENT 'Size of them',
    last_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Ledger time of the newest',
    last_offset SimpleAggregateFunction(max, UInt64) COMMENT 'Its offset'
)
ENGINE = $aggregating
PARTITION BY (stage, partition)
ORDER BY (minute, kind, event_kind, source_topic, rejection_code)
SETTINGS $window
COMMENT 'Records by minute; read with sums';
