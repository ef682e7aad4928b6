-- defer
-- A message waits on, until a moment its policy names.
UPDATE message SET due_at = ?, updated_at = ? WHERE workspace = ? AND run = ? AND seq = ? AND state = 0

-- sent_to
-- When messages were handed over to some people within a span of time: those under way, taken or in doubt. What failed
-- reached nobody. The last line is exact; the one before it keeps it from looking at older messages' stories.
SELECT message.contact, message.channel, message.run, (SELECT max(event.at) FROM event
    WHERE event.workspace = message.workspace AND event.run = message.run AND event.seq = message.seq
      AND event.kind = :sending_kind) AS sent
FROM message
WHERE message.workspace = :workspace AND message.contact IN (SELECT value FROM json_each(:contacts))
  AND message.attempts > 0 AND (message.state BETWEEN 1 AND 6 OR message.state = 12 OR message.perhaps = 1)
  AND message.updated_at >= :since

-- expire_events
-- The last line in the story of everything a batch still had waiting when it was too late for it.
INSERT INTO event (workspace, run, seq, at, kind, detail)
SELECT workspace, run, seq, :at, :kind, :detail FROM message
WHERE workspace = :workspace AND run = :run AND seq >= :seq_from AND seq < :seq_to AND state = 0

-- expire_range
-- Whatever waits in a batch came too late, and is never handed over.
UPDATE message SET state = 11, reason = :reason, due_at = NULL, updated_at = :now
WHERE workspace = :workspace AND run = :run AND seq >= :seq_from AND seq < :seq_to AND state = 0

-- expired_runs
-- Runs whose last moment is over, and which still have something waiting; none while the server is held.
SELECT workspace, id FROM run WHERE status IN ('running', 'paused') AND not_after <= :now
  AND EXISTS (SELECT 1 FROM tally WHERE tally.workspace = run.workspace AND tally.run = run.id AND tally.state = 0
    AND tally.n > 0)
  AND NOT EXISTS (SELECT 1 FROM hold)

-- fallback_of
-- How far a run's fallback messages are from those they stand in for; 0 where it has none.
SELECT fallback FROM run WHERE workspace = ? AND id = ?

-- fallback_stands
-- A fallback message as it stands.
SELECT state, attempts FROM message WHERE workspace = ? AND run = ? AND seq = ?

-- skip_fallback
-- A fallback message that waits, held or not, is not sent. One that may have arrived by an earlier try is left alone.
UPDATE message SET state = 11, reason = ?, due_at = NULL, updated_at = ?
WHERE workspace = ? AND run = ? AND seq = ? AND state = 0 AND perhaps = 0
RETURNING channel

-- release_fallback
-- A held fallback message may go.
UPDATE message SET due_at = NULL, updated_at = ? WHERE workspace = ? AND run = ? AND seq = ? AND state = 0 AND due_at = ?

-- revive_fallback
-- A fallback message that was given up for want of news is to be handed over after all, while its run may still send
-- and it is not too late for it. Returns nothing where there is none such.
UPDATE message SET state = 0, reason = '', due_at = NULL, updated_at = :now
WHERE workspace = :workspace AND run = :run AND seq = :seq AND state = 11 AND reason = :reason AND updated_at > :since
  AND EXISTS (SELECT 1 FROM run WHERE run.workspace = :workspace AND run.id = :run
    AND run.status NOT IN ('cancelling', 'cancelled') AND coalesce(run.not_after > :now, 1))
RETURNING channel

-- hold_fallback
-- A fallback message that was released and never tried is held again.
UPDATE message SET due_at = ?, updated_at = ?
WHERE workspace = ? AND run = ? AND seq = ? AND state = 0 AND attempts = 0 AND coalesce(due_at, 0) <> ?

-- wake_batch
-- The batch that a message lies in has something due. Batches are numbered by the first message they hold.
UPDATE batch SET due_at = 0 WHERE workspace = :workspace AND run = :run AND closed = 0 AND seq_to > :seq
  AND n = (SELECT max(n) FROM batch WHERE workspace = :workspace AND run = :run AND n <= :seq)

-- hold_fallbacks
-- At the freeze: every fallback message whose RCS message will be tried is held.
UPDATE message SET due_at = :held WHERE workspace = :workspace AND run = :run AND channel = :fallback AND state = :waiting
  AND EXISTS (SELECT 1 FROM message AS rcs WHERE rcs.workspace = message.workspace AND rcs.run = message.run
    AND rcs.seq = message.seq - :shift AND rcs.state = :waiting)

-- unconfirmed
-- RCS messages of a run that were taken, or may have been, and have been without news for too long, while their
-- fallback is held. Whole batches whose fallback is settled are passed over.
SELECT rcs.seq, rcs.account, rcs.address_key, rcs.state FROM batch
JOIN message AS held ON held.workspace = batch.workspace AND held.run = batch.run AND held.seq >= batch.seq_from
  AND held.seq < batch.seq_to AND held.state = 0 AND held.due_at = :held
JOIN message AS rcs ON rcs.workspace = held.workspace AND rcs.run = held.run AND rcs.seq = held.seq - :shift
  AND rcs.state IN (2, 12) AND rcs.updated_at <= :before
WHERE batch.workspace = :workspace AND batch.run = :run AND batch.channel = :fallback AND batch.closed = 0
LIMIT :limit

-- held_runs
-- Runs that go on and have a fallback; none while the server is held.
SELECT workspace, id, fallback, policy FROM run WHERE status = 'running' AND fallback <> 0
  AND NOT EXISTS (SELECT 1 FROM hold)

-- zones_of
-- The clocks of the people of an audience.
SELECT contact.zone, contact.country FROM member
JOIN contact ON contact.workspace = member.workspace AND contact.id = member.contact
WHERE member.workspace = :workspace AND member.audience = :audience GROUP BY contact.zone, contact.country

-- plan_wave
-- At the freeze: what is due when, by the zone and country people are known by.
INSERT INTO temp.due (zone, country, clock, at, skip, assumed) VALUES (?, ?, ?, ?, ?, ?)

-- set_due
-- At the freeze: every message waits for its recipient's own hour, or is too late for it. The plus sign lets the planner
-- walk the run's messages in place of everybody the workspace knows.
UPDATE message SET due_at = due.at, state = CASE due.skip WHEN '' THEN message.state ELSE :skipped END, reason = due.skip
FROM contact JOIN temp.due AS due ON due.zone = contact.zone AND due.country = contact.country
WHERE message.workspace = :workspace AND message.run = :run AND message.state = :waiting
  AND contact.workspace = message.workspace AND contact.id = +message.contact

-- set_waves
-- At the freeze: what was planned, zone by zone.
INSERT INTO wave (workspace, run, zone, at, messages, assumed)
SELECT :workspace, :run, due.clock, max(due.at), count(*), sum(due.assumed) FROM message
JOIN contact ON contact.workspace = message.workspace AND contact.id = +message.contact
JOIN temp.due AS due ON due.zone = contact.zone AND due.country = contact.country AND due.at = message.due_at
WHERE message.workspace = :workspace AND message.run = :run AND message.state = :waiting
GROUP BY due.clock

-- set_batches
-- At the freeze: a batch is not looked at before the first of its messages is due.
UPDATE batch SET due_at = coalesce((SELECT min(coalesce(message.due_at, 0)) FROM message
  WHERE message.workspace = batch.workspace AND message.run = batch.run AND message.seq >= batch.seq_from
    AND message.seq < batch.seq_to AND message.state = :waiting), 0)
WHERE workspace = :workspace AND run = :run

-- waiting_until
-- What waits of a run, to the minute it waits for; only batches that are put off are looked into.
SELECT message.channel, CAST(message.due_at / 60 AS INTEGER) * 60 AS until, count(*) AS messages FROM batch
JOIN message ON message.workspace = batch.workspace AND message.run = batch.run AND message.seq >= batch.seq_from
  AND message.seq < batch.seq_to AND message.state = 0 AND message.due_at > :now
WHERE batch.workspace = :workspace AND batch.run = :run AND batch.closed = 0 AND batch.due_at > :now
GROUP BY message.channel, until ORDER BY until, message.channel LIMIT :limit
