-- The ledgers as they lie in Kafka, one row a record, with the record's own bytes.
-- Rows with the same coordinates are one row: read with FINAL.

CREATE TABLE IF NOT EXISTS ledger_records $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage whose ledger this is, such as supply',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    offset UInt64 COMMENT 'Offset in the ledger topic',
    accepted Bool COMMENT 'Whether the record counts (rule R1); fenced records are kept and never applied',
    fence LowCardinality(String) COMMENT 'Why a record does not count; empty if it does',
    seq Nullable(UInt64) COMMENT 'Place in the chain of accepted records, as the record says; NULL: not a record at all',
    kind LowCardinality(String) COMMENT 'opened, decided, rejected or ticked',
    hash String COMMENT 'SHA-256 of value, lower-case hexadecimal' CODEC(ZSTD(1)),
    prev String COMMENT 'Hash of the accepted record before, as the record says' CODEC(ZSTD(1)),
    source_topic LowCardinality(String) COMMENT 'Topic of the source message; empty for opened and ticked',
    source_partition Nullable(UInt32) COMMENT 'Partition of the source message',
    source_offset Nullable(UInt64) COMMENT 'Offset of the source message' CODEC(Delta, ZSTD(1)),
    source_seq Nullable(UInt64) COMMENT 'Place in the chain of the source, where the source is itself a ledger',
    source_gap Nullable(UInt64) COMMENT 'Offsets before it that the source does not have any more',
    source_timestamp Nullable(DateTime64(3, 'UTC')) COMMENT 'Kafka timestamp of the source message',
    at Nullable(DateTime64(6, 'UTC')) COMMENT 'Time in the ledger: of the source message, or that a tick set',
    recorded_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the worker wrote the record, by its clock',
    worker LowCardinality(String) COMMENT 'Worker that wrote the record',
    code LowCardinality(String) COMMENT 'Version of the software that decided',
    event_kind LowCardinality(String) COMMENT 'Kind of the event, such as request_filed',
    event_id String COMMENT 'Id of the event, given by its publisher',
    occurred_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When the event happened, by its publisher',
    rejection_code LowCardinality(String) COMMENT 'Why the message was refused, a stable code; empty if it was not',
    rejection_field String COMMENT 'Field of the message that was refused',
    rejection_reason String COMMENT 'Why the message was refused, in words',
    rejection_size Nullable(UInt64) COMMENT 'Size of the refused message in bytes',
    decision_count UInt32 COMMENT 'Decisions that the record carries; each is a row of decisions, if the record counts',
    timestamp DateTime64(3, 'UTC') COMMENT 'Kafka timestamp of the record',
    value String COMMENT 'The record as it lies in Kafka, byte for byte' CODEC(ZSTD(3)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When the row came to ClickHouse'
)
ENGINE = $replacing
PARTITION BY (stage, partition)
ORDER BY (stage, partition, offset)
SETTINGS $window
COMMENT 'Every record of every ledger, one row each; read with FINAL';

CREATE TABLE IF NOT EXISTS rows_set_aside $on_cluster
(
    stage LowCardinality(String) COMMENT 'Stage whose ledger this is',
    partition UInt32 COMMENT 'Partition of the ledger topic',
    offset UInt64 COMMENT 'Offset in the ledger topic',
    accepted Bool COMMENT 'Whether the record counts',
    reason String COMMENT 'Why ClickHouse refused the row',
    timestamp DateTime64(3, 'UTC') COMMENT 'Kafka timestamp of the record',
    value String COMMENT 'The record as it lies in Kafka, byte for byte' CODEC(ZSTD(3)),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When the row came to ClickHouse'
)
ENGINE = $replacing
PARTITION BY (stage, partition)
ORDER BY (stage, partition, offset)
COMMENT 'Records whose row ClickHouse refused (none, as a rule); read with FINAL';
