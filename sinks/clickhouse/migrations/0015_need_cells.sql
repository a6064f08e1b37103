-- Needs are counted by area, item and groups of who asks, of a hundred thousand rows for a report: by one column of few
-- values that is cheaper to read and to group than by four, one of them an array.

ALTER TABLE need_spans $on_cluster
    ADD COLUMN IF NOT EXISTS cell LowCardinality(String)
    MATERIALIZED arrayStringConcat(arrayConcat([toString(area), toString(item)],
        multiIf(institution, ['institution'], empty(groups), ['none'], groups)), ' ')
    COMMENT 'Area, item and groups of the requester (institution; none), a space between: none of them has one in it'
    AFTER institution;

-- Rows that are there already have it when they are read; once this is through, without making it each time.
ALTER TABLE need_spans $on_cluster MATERIALIZE COLUMN cell;
