-- load_tests
-- What waits of a run of tests: each goes where a person typed, with the data of whomever it shows. Addresses are asked
-- anew whether they may be sent to.
SELECT message.seq, message.attempts, test_message.address, test_message.address_key, coalesce(contact.key, ''),
  coalesce(contact.name, ''), coalesce(contact.country, ''), coalesce(contact.zone, ''), coalesce(contact.locale, ''),
  coalesce(contact.attributes, '{}'), test_message.contact,
  EXISTS (SELECT 1 FROM suppression WHERE suppression.workspace = message.workspace
    AND suppression.channel IN (:channel_name, 'all') AND suppression.address_key = test_message.address_key),
  NULL,
  CASE WHEN message.attempts > 0 THEN (SELECT min(event.at) / 1e6 FROM event WHERE event.workspace = message.workspace
    AND event.run = message.run AND event.seq = message.seq AND event.attempt > 0) END,
  CASE WHEN message.perhaps = 1 THEN (SELECT event.account FROM event WHERE event.workspace = message.workspace
    AND event.run = message.run AND event.seq = message.seq AND event.attempt > 0 AND event.account > 0
    ORDER BY event.at DESC LIMIT 1) END
FROM message
JOIN test_message ON test_message.workspace = message.workspace AND test_message.run = message.run
  AND test_message.seq = message.seq
LEFT JOIN contact ON contact.workspace = test_message.workspace AND contact.id = test_message.contact
WHERE message.workspace = :workspace AND message.run = :run AND message.seq >= :seq_from AND message.seq < :seq_to
  AND message.state = :waiting AND (message.due_at IS NULL OR message.due_at <= :now)
ORDER BY message.seq

-- load_tests_reach
-- How the people can be reached otherwise whose data the tests of a batch show.
SELECT test_message.contact, identity.channel, identity.address FROM test_message
JOIN identity ON identity.workspace = test_message.workspace AND identity.contact = test_message.contact
  AND identity.removed_at IS NULL AND identity.channel IN ('email', 'sms', 'whatsapp', 'rcs')
WHERE test_message.workspace = :workspace AND test_message.run = :run AND test_message.seq >= :seq_from
  AND test_message.seq < :seq_to

-- is_of_tests
-- Whether a run is one of tests.
SELECT 1 FROM run WHERE workspace = :workspace AND id = :run AND kind = 'test'

-- add_run
-- A run of tests: nobody's newest, of no audience, and before all else.
INSERT INTO run (workspace, id, campaign, status, audience, contents, people, messages, started_at, priority, kind)
VALUES (:workspace, :run, :campaign, 'running', 0, :contents, :count, :count, :now, 'test', 'test')

-- add_message
-- One test that waits to be sent. It names no contact, so that it counts towards nobody's share.
INSERT INTO message (workspace, run, seq, channel, contact, address_key, state, updated_at)
VALUES (:workspace, :run, :seq, :channel, 0, :address_key, :waiting, :now)

-- add_address
-- Where it goes, and whose data it shows.
INSERT INTO test_message (workspace, run, seq, contact, address, address_key)
VALUES (:workspace, :run, :seq, :contact, :address, :address_key)

-- add_batch
-- All tests of a run are claimed together.
INSERT INTO batch (workspace, run, n, channel, seq_from, seq_to, priority)
VALUES (:workspace, :run, 1, :channel, 1, :end, :urgency)

-- add_tally
-- Their first count.
INSERT INTO tally (workspace, run, channel, account, state, reason, n)
VALUES (:workspace, :run, :channel, 0, :waiting, '', :count)

-- suppressed_why
-- Why an address must not be sent to.
SELECT reason FROM suppression WHERE workspace = :workspace AND channel IN (:channel_name, 'all')
  AND address_key = :address_key LIMIT 1
