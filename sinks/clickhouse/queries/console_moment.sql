-- What time it is in the ledgers, how far their spans are made, and which areas there are records of.
SELECT max(last_at) AS now, sum(records) AS records
FROM ledger_minutes
WHERE minute >= (SELECT max(minute) - 3600 FROM ledger_minutes)
