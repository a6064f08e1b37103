-- Silences that held at {as_of}.
SELECT silence_id, kind, subject, place AS area, since, until, by, comment
FROM silences
WHERE since <= {as_of:DateTime64(6, 'UTC')} AND until > {as_of:DateTime64(6, 'UTC')}
    AND (ended_at IS NULL OR ended_at > {as_of:DateTime64(6, 'UTC')}) AND
-- include: in_areas
ORDER BY until
LIMIT 200
