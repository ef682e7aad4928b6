-- act
-- One act as it stands.
SELECT kind, pick, undoes, by, why, status, expected, moved, after_at, after_run, after_seq, created_at FROM exception_act
WHERE workspace = :workspace AND id = :id

-- act_by_key
-- What was asked under this key already.
SELECT id FROM exception_act WHERE workspace = :workspace AND key = :key

-- add_act
-- Something a person wants done; it is done in steps.
INSERT INTO exception_act (workspace, id, key, kind, pick, undoes, by, why, status, expected, created_at)
VALUES (:workspace, :id, :key, :kind, :pick, :undoes, :by, :why, 'running', :expected, :now)

-- move_act
-- How far an act is, in the transaction that took it there.
UPDATE exception_act SET moved = moved + :moved, after_at = :after_at, after_run = :after_run, after_seq = :after_seq,
  status = :status, finished_at = :finished_at WHERE workspace = :workspace AND id = :id

-- stop_act
-- No further step of an act is taken.
UPDATE exception_act SET status = 'stopped', finished_at = :now
WHERE workspace = :workspace AND id = :id AND status = 'running'

-- acts_to_do
-- What is not done yet, the oldest first.
SELECT workspace, id FROM exception_act WHERE status = 'running' ORDER BY created_at, workspace, id

-- mark
-- The last act upon a message, and how it stood before.
INSERT INTO exception_mark (workspace, run, seq, act, kind, at, state, reason, account, since)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace, run, seq) DO UPDATE SET act = excluded.act, kind = excluded.kind, at = excluded.at,
  state = excluded.state, reason = excluded.reason, account = excluded.account, since = excluded.since

-- unmark
-- An act upon a message is undone.
DELETE FROM exception_mark WHERE workspace = ? AND run = ? AND seq = ?

-- marked
-- The messages an act was the last upon, as they stand and as they stood.
SELECT mark.run, mark.seq, mark.state, mark.reason, mark.account, message.state, message.reason, message.account,
  message.channel, message.attempts, message.perhaps
FROM exception_mark AS mark JOIN message ON message.workspace = mark.workspace AND message.run = mark.run
  AND message.seq = mark.seq
WHERE mark.workspace = :workspace AND mark.act = :undoes AND (mark.run, mark.seq) > (:after_run, :after_seq)
ORDER BY mark.run, mark.seq LIMIT :limit

-- wait_again
-- A message is to be handed over again. What was in doubt may have arrived, whatever comes of the next attempt.
UPDATE message SET state = 0, reason = '', account = 0, due_at = NULL, perhaps = max(perhaps, ?), updated_at = ?
WHERE workspace = ? AND run = ? AND seq = ?

-- wake_run
-- A run that was done has something to send again.
UPDATE run SET status = 'running', finished_at = NULL WHERE workspace = :workspace AND id = :run AND status = 'done'

-- wake_campaign
-- And so has its campaign, where it is the newest.
UPDATE campaign SET status = 'running', updated_at = :now
WHERE workspace = :workspace AND run = :run AND status = 'done'

-- idle_batches
-- A run's batches that nobody holds; those held are looked through when they are given back.
SELECT n, seq_from, seq_to FROM batch WHERE workspace = :workspace AND run = :run AND owner = ''

-- open_batch
-- Something in a batch waits, and is due.
UPDATE batch SET closed = 0, due_at = 0 WHERE workspace = ? AND run = ? AND n = ?

-- lookups_due
-- Doubts to ask the provider about: those nobody asked about for long enough, the longest waiting first. The account is
-- that of the attempt, for a doubt that waited to be repeated has none any more.
SELECT message.run, message.seq, message.attempts, sending.account, sending.at, message.contact, message.channel,
  message.address_key, message.vars, message.hash, message.updated_at, coalesce(lookup.tries, 0),
  message.perhaps
FROM message
JOIN event AS sending ON sending.workspace = message.workspace AND sending.run = message.run
  AND sending.seq = message.seq AND sending.kind = :sending AND sending.attempt = message.attempts
LEFT JOIN lookup ON lookup.workspace = message.workspace AND lookup.run = message.run AND lookup.seq = message.seq
  AND lookup.attempt = message.attempts
WHERE message.workspace = :workspace AND message.state IN (10, 12) AND message.state = 12
  AND sending.account IN (SELECT value FROM json_each(:accounts))
  AND CASE WHEN lookup.seq IS NULL THEN message.updated_at + :wait_s ELSE lookup.next_at END <= :now
ORDER BY message.updated_at LIMIT :limit

-- note_lookup
-- What came of asking, and when to ask again; null for never.
INSERT INTO lookup (workspace, run, seq, attempt, tries, next_at, said)
VALUES (:workspace, :run, :seq, :attempt, 1, :next_at, :said)
ON CONFLICT (workspace, run, seq) DO UPDATE SET attempt = excluded.attempt, next_at = excluded.next_at,
  said = excluded.said, tries = CASE WHEN lookup.attempt = excluded.attempt THEN lookup.tries + 1 ELSE 1 END

-- known_refs
-- What providers call the messages of a person that are settled: none of them is the one in doubt.
SELECT provider_ref FROM message WHERE workspace = :workspace AND contact = :contact AND provider_ref IS NOT NULL
