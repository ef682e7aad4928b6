-- freeze_messages
-- One row for each member and channel: waiting where there is an address, else skipped and counted all the same.
INSERT INTO message (workspace, run, seq, channel, contact, address_key, state, reason, updated_at)
SELECT :workspace, :run, :base + row_number() OVER (ORDER BY member.contact), :channel, member.contact,
  identity.address_key,
  CASE WHEN identity.contact IS NULL THEN :skipped ELSE :waiting END,
  CASE WHEN identity.contact IS NULL THEN :no_address ELSE '' END,
  :now
FROM (SELECT workspace, contact FROM member WHERE workspace = :workspace AND audience = :audience AND contact > :after
  ORDER BY contact LIMIT :limit) AS member
LEFT JOIN identity ON identity.workspace = member.workspace AND identity.contact = member.contact
  AND identity.channel = :channel_name AND identity.removed_at IS NULL

-- freeze_skips
-- The story of those without an address begins and ends here.
INSERT INTO event (workspace, run, seq, at, kind)
SELECT workspace, run, seq, :at, :kind FROM message
WHERE workspace = :workspace AND run = :run AND seq >= :seq_from AND seq < :seq_to AND state = :skipped

-- freeze_tallies
-- The first count of a portion; from here on every change moves a tally in its own transaction.
INSERT INTO tally (workspace, run, channel, account, state, reason, n)
SELECT workspace, run, channel, account, state, reason, count(*) FROM message
WHERE workspace = :workspace AND run = :run AND seq >= :seq_from AND seq < :seq_to
GROUP BY workspace, run, channel, account, state, reason
ON CONFLICT (workspace, run, channel, account, state, reason) DO UPDATE SET n = tally.n + excluded.n

-- launching_runs
-- Runs whose audience is still being frozen.
SELECT workspace, id FROM run WHERE status = 'launching' ORDER BY workspace, id

-- frozen_places
-- The channels of a run that is being frozen, and behind which place each has its messages.
SELECT channel, min(seq_from) - 1 FROM batch WHERE workspace = :workspace AND run = :run GROUP BY channel ORDER BY 2

-- frozen_last
-- The last person that was frozen.
SELECT contact FROM message WHERE workspace = :workspace AND run = :run AND seq = :seq

-- grow_run
-- What was frozen counts from now on; after the last portion the run goes off, with as many people as were found.
UPDATE run SET messages = messages + :messages, people = CASE WHEN :last THEN :people ELSE people END,
  status = CASE WHEN :last THEN 'running' ELSE status END
WHERE workspace = :workspace AND id = :run AND status = 'launching'

-- is_due
-- Whether a channel has a batch to claim; the index finds the first without looking at the others.
SELECT 1 FROM batch
JOIN run ON run.workspace = batch.workspace AND run.id = batch.run AND run.status = 'running'
WHERE batch.closed = 0 AND batch.channel = :channel AND batch.due_at <= :now AND batch.lease_until <= :now
  AND NOT EXISTS (SELECT 1 FROM hold) LIMIT 1

-- is_due_urgent
-- The same for what goes before bulk.
SELECT 1 FROM batch
JOIN run ON run.workspace = batch.workspace AND run.id = batch.run AND run.status = 'running'
WHERE batch.closed = 0 AND batch.priority > 0 AND batch.channel = :channel AND batch.due_at <= :now
  AND batch.lease_until <= :now AND NOT EXISTS (SELECT 1 FROM hold) LIMIT 1

-- claim_urgent
-- Lease the most urgent due batch of a channel that goes before bulk.
UPDATE batch SET owner = :owner, lease_until = :until, fence = fence + 1
WHERE (workspace, run, n) = (
  SELECT batch.workspace, batch.run, batch.n FROM batch
  JOIN run ON run.workspace = batch.workspace AND run.id = batch.run AND run.status = 'running'
  WHERE batch.closed = 0 AND batch.priority > 0 AND batch.channel = :channel AND batch.due_at <= :now
    AND batch.lease_until <= :now AND NOT EXISTS (SELECT 1 FROM hold)
    AND batch.workspace || '/' || batch.run NOT IN (SELECT value FROM json_each(:spared))
  ORDER BY batch.priority DESC, batch.due_at, batch.workspace, batch.run, batch.n LIMIT 1)
RETURNING workspace, run, n, channel, seq_from, seq_to, fence, priority,
  (SELECT campaign FROM run WHERE run.workspace = batch.workspace AND run.id = batch.run)

-- claim_batch
-- Lease the oldest due batch of a channel whose run is running; the fence grows, so an earlier owner can intend no more.
UPDATE batch SET owner = :owner, lease_until = :until, fence = fence + 1
WHERE (workspace, run, n) = (
  SELECT batch.workspace, batch.run, batch.n FROM batch
  JOIN run ON run.workspace = batch.workspace AND run.id = batch.run AND run.status = 'running'
  WHERE batch.closed = 0 AND batch.channel = :channel AND batch.due_at <= :now AND batch.lease_until <= :now
    AND NOT EXISTS (SELECT 1 FROM hold)
    AND batch.workspace || '/' || batch.run NOT IN (SELECT value FROM json_each(:spared))
  ORDER BY batch.due_at, batch.lease_until, batch.workspace, batch.run, batch.n LIMIT 1)
RETURNING workspace, run, n, channel, seq_from, seq_to, fence, priority,
  (SELECT campaign FROM run WHERE run.workspace = batch.workspace AND run.id = batch.run)

-- sending_in_range
-- What an owner left behind between intent and outcome.
SELECT seq, attempts, account, repeats FROM message
WHERE workspace = :workspace AND run = :run AND seq >= :seq_from AND seq < :seq_to AND state = :sending

-- load_batch
-- Everything needed to hand a batch over, in one query: addresses as they are now, not as they were frozen.
SELECT message.seq, message.attempts, identity.address, identity.address_key, contact.key, contact.name, contact.country,
  contact.zone, contact.locale, contact.attributes, contact.id,
  EXISTS (SELECT 1 FROM suppression WHERE suppression.workspace = message.workspace
    AND suppression.channel IN (:channel_name, 'all') AND suppression.address_key = identity.address_key),
  (SELECT since FROM exception_mark WHERE exception_mark.workspace = message.workspace
    AND exception_mark.run = message.run AND exception_mark.seq = message.seq),
  CASE WHEN message.attempts > 0 THEN (SELECT min(event.at) / 1e6 FROM event WHERE event.workspace = message.workspace
    AND event.run = message.run AND event.seq = message.seq AND event.attempt > 0) END,
  CASE WHEN message.perhaps = 1 THEN (SELECT event.account FROM event WHERE event.workspace = message.workspace
    AND event.run = message.run AND event.seq = message.seq AND event.attempt > 0 AND event.account > 0
    ORDER BY event.at DESC LIMIT 1) END
FROM message
LEFT JOIN contact ON contact.workspace = message.workspace AND contact.id = message.contact
LEFT JOIN identity ON identity.workspace = message.workspace AND identity.contact = message.contact
  AND identity.channel = :channel_name AND identity.removed_at IS NULL
WHERE message.workspace = :workspace AND message.run = :run AND message.seq >= :seq_from AND message.seq < :seq_to
  AND message.state = :waiting AND (message.due_at IS NULL OR message.due_at <= :now)
ORDER BY message.seq

-- load_reach
-- The mail address and phone of the people a batch holds, for contents that speak of them.
SELECT message.contact, identity.channel, identity.address FROM message
JOIN identity ON identity.workspace = message.workspace AND identity.contact = message.contact
  AND identity.removed_at IS NULL AND identity.channel IN ('email', 'sms', 'whatsapp', 'rcs')
WHERE message.workspace = :workspace AND message.run = :run AND message.seq >= :seq_from AND message.seq < :seq_to

-- renew_lease
-- Keep a batch; nothing is changed if somebody else holds it by now.
UPDATE batch SET lease_until = :until
WHERE workspace = :workspace AND run = :run AND n = :n AND owner = :owner AND fence = :fence

-- put_off
-- Nobody need look at what a limit holds back before it has room; what is more urgent stays as it is.
UPDATE batch SET due_at = :until
WHERE workspace = :workspace AND channel = :channel AND (:run = 0 OR run = :run) AND closed = 0 AND owner = ''
  AND priority <= :priority AND due_at < :until

-- look_again
-- Limits were changed: whatever waits is worth a look. A batch with nothing due is due again when it was.
UPDATE batch SET due_at = :now WHERE closed = 0 AND owner = '' AND due_at > :now

-- nobody_sends
-- Runs that go on although nobody has anything of them in hand: since when something of each is due, or from when.
SELECT batch.workspace, batch.run, batch.channel, min(batch.due_at) FROM batch
JOIN run ON run.workspace = batch.workspace AND run.id = batch.run AND run.status = 'running'
WHERE batch.closed = 0 GROUP BY batch.workspace, batch.run, batch.channel HAVING max(batch.lease_until) <= :now

-- limit_lately
-- The limit that made a run's batches rest; while they do it goes on binding.
SELECT cause FROM bound WHERE workspace = :workspace AND run = :run AND channel = :channel AND at > :since
  AND cause LIKE '%/%' ORDER BY at DESC, seconds DESC LIMIT 1

-- was_tried
-- How often the next message that waits for a later time was tried already.
SELECT attempts FROM message WHERE workspace = ? AND run = ? AND channel = ? AND state = 0 AND due_at IS NOT NULL LIMIT 1

-- left_in_range
-- How much of a batch waits or is being sent, and when the next of it is due.
SELECT count(*), min(coalesce(due_at, 0)) FROM message
WHERE workspace = :workspace AND run = :run AND seq >= :seq_from AND seq < :seq_to AND state IN (0, 1)

-- release_batch
-- Give a batch back, closed or due again; nothing is changed if somebody else holds it by now.
UPDATE batch SET owner = '', lease_until = 0, closed = :closed, due_at = :due_at
WHERE workspace = :workspace AND run = :run AND n = :n AND owner = :owner AND fence = :fence

-- intend
-- The intent: flushed before the first byte leaves. Nothing is changed if the message no longer waits.
UPDATE message SET state = 1, attempts = ?, account = ?, address_key = ?, hash = ?, vars = ?, repeats = ?, due_at = NULL,
  updated_at = ?
WHERE workspace = ? AND run = ? AND seq = ? AND state = 0

-- accept
-- The provider took it.
UPDATE message SET state = 2, provider_ref = ?, updated_at = ?
WHERE workspace = ? AND run = ? AND seq = ? AND state = 1 AND attempts = ?

-- end_attempt
-- An attempt ended without acceptance: the message waits, fails, is in doubt or is cancelled.
UPDATE message SET state = ?, reason = ?, account = ?, due_at = ?, updated_at = ?
WHERE workspace = ? AND run = ? AND seq = ? AND state = 1 AND attempts = ?

-- skip
-- Never handed over, by name. Where an earlier attempt may have arrived nobody can say that, and it is in doubt.
UPDATE message SET state = CASE perhaps WHEN 1 THEN 12 ELSE 11 END, reason = ?, updated_at = ?
WHERE workspace = ? AND run = ? AND seq = ? AND state = 0
RETURNING state

-- look
-- One message as it stands.
SELECT state, reason, account, attempts, channel FROM message WHERE workspace = ? AND run = ? AND seq = ?

-- put
-- Move one message whose standing was just read in this transaction.
UPDATE message SET state = ?, reason = ?, account = ?, due_at = ?, provider_ref = coalesce(?, provider_ref), updated_at = ?
WHERE workspace = ? AND run = ? AND seq = ?

-- add_event
-- One line of a message's story.
INSERT INTO event (workspace, run, seq, at, kind, attempt, account, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING

-- move_tally
-- Counts follow their messages in the same transaction.
INSERT INTO tally (workspace, run, channel, account, state, reason, n) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace, run, channel, account, state, reason) DO UPDATE SET n = tally.n + excluded.n

-- add_pace
-- What a channel did in one second.
INSERT INTO pace (workspace, run, channel, second, accepted, failed) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace, run, channel, second) DO UPDATE
SET accepted = pace.accepted + excluded.accepted, failed = pace.failed + excluded.failed

-- add_latency
-- How long providers took, by bucket.
INSERT INTO latency (workspace, run, channel, bucket, n) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (workspace, run, channel, bucket) DO UPDATE SET n = latency.n + excluded.n

-- remove_identity
-- The provider knows the address to be dead: it is used no more, unless it was registered anew since.
UPDATE identity SET removed_at = :now, removed_because = :because
WHERE workspace = :workspace AND contact = :contact AND channel = :channel AND address_key = :address_key
  AND removed_at IS NULL AND (:dead_since IS NULL OR coalesce(created_at, 0) <= :dead_since)

-- newest_run
-- A campaign's newest run and how it stands.
SELECT run.id, run.status FROM campaign JOIN run ON run.workspace = campaign.workspace AND run.id = campaign.run
WHERE campaign.workspace = :workspace AND campaign.id = :campaign

-- turn_run
-- An act of a person upon a run.
UPDATE run SET status = :to WHERE workspace = :workspace AND id = :run

-- settle_run
-- A run ends when nothing waits and nothing is being sent, by its own tallies.
UPDATE run SET status = CASE status WHEN 'cancelling' THEN 'cancelled' ELSE 'done' END, finished_at = :now
WHERE workspace = :workspace AND id = :run AND status IN ('running', 'cancelling')
  AND NOT EXISTS (SELECT 1 FROM tally WHERE tally.workspace = run.workspace AND tally.run = run.id
    AND tally.state IN (0, 1) AND tally.n <> 0)

-- settle_campaign
-- A campaign's status is its newest run's; once that is over, a campaign whose schedule goes on is scheduled again.
UPDATE campaign SET updated_at = :now, status = (
  SELECT CASE WHEN run.status IN ('done', 'cancelled') AND EXISTS (SELECT 1 FROM schedule
      WHERE schedule.workspace = run.workspace AND schedule.campaign = run.campaign AND schedule.state = 'active')
    THEN 'scheduled' ELSE run.status END
  FROM run WHERE run.workspace = campaign.workspace AND run.id = campaign.run)
WHERE workspace = :workspace AND run = :run

-- run_statuses
-- What the desk wants of the runs that are being sent; while the server is held they all stand as if paused.
SELECT workspace, id, CASE WHEN status = 'running' AND EXISTS (SELECT 1 FROM hold) THEN 'paused' ELSE status END AS status
FROM run WHERE status IN ('running', 'paused', 'cancelling')

-- suppressed_now
-- Which of these addresses must not be sent to.
SELECT address_key FROM suppression WHERE workspace = :workspace AND channel IN (:channel_name, 'all')
  AND address_key IN (SELECT value FROM json_each(:keys))

-- add_suppression
-- An address that must not be sent to again on this channel.
INSERT INTO suppression (workspace, channel, address_key, address, reason, created_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING

-- perhaps_in_range
-- What waits of a batch and may have arrived by an earlier attempt.
SELECT seq, attempts FROM message
WHERE workspace = :workspace AND run = :run AND seq >= :seq_from AND seq < :seq_to AND state = 0 AND perhaps = 1

-- repeat
-- Wait for another attempt, though the last one may have arrived.
UPDATE message SET state = 0, reason = '', account = 0, perhaps = 1, due_at = ?, updated_at = ?
WHERE workspace = ? AND run = ? AND seq = ? AND state = 1 AND attempts = ?

-- is_perhaps
-- Whether an earlier attempt at a message may have arrived.
SELECT perhaps FROM message WHERE workspace = ? AND run = ? AND seq = ?

-- cancel_events
-- The last line in the story of everything a batch still had waiting.
INSERT INTO event (workspace, run, seq, at, kind)
SELECT workspace, run, seq, :at, :kind FROM message
WHERE workspace = :workspace AND run = :run AND seq >= :seq_from AND seq < :seq_to AND state = 0

-- cancel_range
-- Whatever waits in a batch is sent no more, for good.
UPDATE message SET state = 13, due_at = NULL, updated_at = :now
WHERE workspace = :workspace AND run = :run AND seq >= :seq_from AND seq < :seq_to AND state = 0

-- close_if_idle
-- Nothing of the batch waits; it stays open only while something of it is being sent.
UPDATE batch SET closed = CASE WHEN EXISTS (SELECT 1 FROM message WHERE message.workspace = batch.workspace
    AND message.run = batch.run AND message.seq >= batch.seq_from AND message.seq < batch.seq_to
    AND message.state = 1) THEN 0 ELSE 1 END
WHERE workspace = :workspace AND run = :run AND n = :n

-- close_if_drained
-- Nothing of the batch waits or is being sent.
UPDATE batch SET closed = 1 WHERE workspace = :workspace AND run = :run AND n = :n
  AND NOT EXISTS (SELECT 1 FROM message WHERE message.workspace = batch.workspace AND message.run = batch.run
    AND message.seq >= batch.seq_from AND message.seq < batch.seq_to AND message.state IN (0, 1))

-- open_batches
-- What is left to cancel.
SELECT n, channel, seq_from, seq_to FROM batch WHERE workspace = :workspace AND run = :run AND closed = 0 AND n > :after
ORDER BY n LIMIT :limit

-- held_batches
-- Batches somebody held; after a restart nobody can.
SELECT workspace, run, n, channel, seq_from, seq_to FROM batch WHERE closed = 0 AND owner <> '' AND owner LIKE :owner

-- free_batch
-- Nobody holds it now.
UPDATE batch SET owner = '', lease_until = 0, fence = fence + 1 WHERE workspace = :workspace AND run = :run AND n = :n

-- recount
-- Every message counted, for the auditor.
SELECT workspace, run, channel, account, state, reason, count(*) FROM message
WHERE workspace = :workspace AND (:run = 0 OR run = :run) GROUP BY workspace, run, channel, account, state, reason

-- tallies
-- What the tallies say, for the auditor and for every screen.
SELECT workspace, run, channel, account, state, reason, n FROM tally
WHERE workspace = :workspace AND (:run = 0 OR run = :run) AND n <> 0

-- report_sender
-- A sender process says that it lives and how its lanes do.
INSERT INTO sender (slot, owner, pid, started_at, seen_at, lanes)
VALUES (:slot, :owner, :pid, :started_at, :now, :lanes)
ON CONFLICT (slot) DO UPDATE SET owner = excluded.owner, pid = excluded.pid, started_at = excluded.started_at,
  seen_at = excluded.seen_at, lanes = excluded.lanes

-- receipts_to_merge
-- The oldest receipts that nobody has merged.
SELECT id, workspace, account, kind, ref, provider_ref, address, happened_at, code, text, suppress, at FROM receipt
WHERE state = 0 ORDER BY id LIMIT :limit

-- message_by_provider_ref
-- Which message a provider means by its own reference.
SELECT run, seq FROM message WHERE workspace = :workspace AND provider_ref = :provider_ref AND account = :account

-- newest_message_to
-- The last message handed over to an address on a channel: what a person answers to. The plus signs keep the planner
-- from walking all messages in their order in place of this person's few.
SELECT message.run, message.seq FROM identity
JOIN message ON message.workspace = identity.workspace AND message.contact = identity.contact
WHERE identity.workspace = :workspace AND identity.channel = :channel_name AND identity.address_key = :address_key
  AND message.channel = :channel AND message.attempts > 0
ORDER BY +message.run DESC, +message.seq DESC LIMIT 1

-- standing
-- One message as it stands for the news about it.
SELECT state, reason, account, attempts, channel, provider_ref IS NOT NULL FROM message
WHERE workspace = ? AND run = ? AND seq = ?

-- began_before_restore
-- A run of the time before the database was put back from a copy, if ever it was.
SELECT 1 FROM run JOIN meta ON meta.key = 'restored_at' AND run.started_at < CAST(meta.value AS DOUBLE PRECISION)
WHERE run.workspace = ? AND run.id = ?

-- advance
-- The same as `put` for a message that knows its provider's reference, or is told none: no index is touched.
UPDATE message SET state = ?, reason = ?, account = ?, due_at = NULL, updated_at = ?
WHERE workspace = ? AND run = ? AND seq = ?

-- mark_receipt
-- Merged into a message's story, or kept aside.
UPDATE receipt SET state = ?, run = ?, seq = ? WHERE id = ?
