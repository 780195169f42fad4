INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('reg.policies',
 'Policies have an approved version that is known to those it binds',
 'medium',
 '{outline:CC1.1,outline:CC1.3,outline:CC2.2,outline:CC4.2,tsc:CC1.1,tsc:CC1.3,tsc:CC2.2,tsc:CC5.2,tsc:CC5.3}',
 '{}',
 'A policy that nobody approved, that is out of date or that those it binds do not know rules nothing.',
 'Add a version to soc2.policy_versions and let somebody else approve it; let the persons named call soc2.acknowledge_policy(); record the yearly review by soc2.review_item(''policy'', ...).',
 '1 day', '{soc2.policies, soc2.policy_status}',
 true,
$query$
SELECT format('policy %s', quote_ident(p.policy_id)),
       p.version IS NOT NULL AND NOT p.overdue AND p.missing = 0,
       concat_ws(', ', coalesce('version ' || p.version || ' holds', 'no approved version holds'),
           CASE WHEN p.overdue THEN format('review was due on %s', (p.due_at AT TIME ZONE 'UTC')::date) END,
           CASE WHEN p.version IS NOT NULL AND p.missing > 0
               THEN format('%s of %s did not acknowledge it', p.missing, p.required_of) END)
FROM soc2.policy_status AS p
WHERE p.state = 'in_force'
$query$),
('reg.risks',
 'Risks are assessed, and treated or accepted by a second person',
 'medium',
 '{outline:CC3.1,outline:CC3.2,outline:CC3.3,outline:CC3.4,outline:CC4.1,outline:CC6.3,outline:CC7.4,outline:P1.1,tsc:CC3.1,tsc:CC3.2,tsc:CC3.3,tsc:CC3.4,tsc:CC5.1,tsc:CC9.1}',
 '{"max_age": "1 year", "assess_within": "30 days"}',
 'A risk that was written down and not followed up is one that the organisation knew of.',
 'Assess it: UPDATE soc2.risks SET state = ''assessed'', likelihood = ..., impact = ..., treatment = ...; then treat it, or let somebody else accept it; record reviews by soc2.review_item(''risk'', ...).',
 '1 day', '{soc2.risks, soc2.item_reviews}',
 true,
$query$
-- last looked at: when it was assessed, accepted or reviewed
SELECT format('risk %s', quote_ident(r.risk_id)),
       CASE r.state WHEN 'identified' THEN r.opened_at + ($1 ->> 'assess_within')::interval >= now()
           WHEN 'assessed' THEN r.assessed_at + ($1 ->> 'assess_within')::interval >= now()
           ELSE l.looked_at + ($1 ->> 'max_age')::interval >= now() END
           AND coalesce(r.due_at >= now(), true),
       concat_ws(', ', r.state, format('looked at on %s', (l.looked_at AT TIME ZONE 'UTC')::date),
           CASE WHEN r.due_at < now() THEN format('due on %s', (r.due_at AT TIME ZONE 'UTC')::date) END)
FROM soc2.risks AS r
CROSS JOIN LATERAL (
    SELECT greatest(r.opened_at, r.assessed_at, r.accepted_at, max(v.reviewed_at)) AS looked_at
    FROM soc2.item_reviews AS v
    WHERE v.register = 'risk' AND v.item_id = r.risk_id) AS l
WHERE r.state <> 'closed'
$query$),
('reg.vendors',
 'Vendors are approved by a second person and reviewed',
 'medium',
 '{outline:CC2.3,outline:P7.1,outline:P8.1,tsc:CC2.3,tsc:CC9.2,tsc:P6.4,tsc:P6.5}',
 '{"max_age": "1 year"}',
 'What a vendor does to the data is answered for by the one who gave it to him.',
 'Let somebody else approve the vendor: SELECT soc2.take_step(''vendor'', id, ''approved''). Read its report and record it: SELECT soc2.review_item(''vendor'', id, conclusion, next_due_at, report, exceptions).',
 '1 day', '{soc2.vendors, soc2.item_reviews}',
 true,
$query$
SELECT format('vendor %s', quote_ident(n.vendor_id)),
       n.state = 'approved' AND l.reviewed_at + ($1 ->> 'max_age')::interval >= now()
           AND coalesce(n.due_at >= now(), true)
           AND coalesce(n.contract_until >= CURRENT_DATE, true),
       concat_ws(', ', n.state,
           coalesce('reviewed on ' || (l.reviewed_at AT TIME ZONE 'UTC')::date, 'never reviewed'),
           CASE WHEN n.due_at < now() THEN format('due on %s', (n.due_at AT TIME ZONE 'UTC')::date) END,
           CASE WHEN n.contract_until < CURRENT_DATE THEN format('contract ended on %s', n.contract_until) END)
FROM soc2.vendors AS n
CROSS JOIN LATERAL (
    SELECT max(v.reviewed_at) AS reviewed_at
    FROM soc2.item_reviews AS v
    WHERE v.register = 'vendor' AND v.item_id = n.vendor_id) AS l
WHERE n.state IN ('proposed', 'approved', 'suspended')
$query$),
('reg.assets',
 'Assets are where they should be, and none is overdue for its review',
 'low',
 '{outline:CC7.1,outline:CC7.3,tsc:CC6.1,tsc:CC6.4,tsc:CC6.5}',
 '{}',
 'A disk that nobody misses may hold data that others find.',
 'Find what was lost, or open an incident for it; record reviews by soc2.review_item(''asset'', ...); before a machine or medium goes, destroy the data on it and record how: state disposed.',
 '1 day', '{soc2.assets}',
 true,
$query$
SELECT format('asset %s', quote_ident(a.asset_id)),
       a.state <> 'lost' AND coalesce(a.due_at >= now(), true),
       concat_ws(', ', a.state,
           CASE WHEN a.due_at < now() THEN format('review was due on %s', (a.due_at AT TIME ZONE 'UTC')::date) END)
FROM soc2.assets AS a
WHERE a.state <> 'disposed'
$query$),
('reg.training',
 'People complete the training that they have to',
 'medium',
 '{outline:CC1.1,outline:CC1.4,outline:CC2.2,tsc:CC1.1,tsc:CC1.4,tsc:CC2.2}',
 '{}',
 'Who was never told what the duties are cannot be held to them.',
 'Let them complete it, and record it: INSERT INTO soc2.training_completions (training_id, person, completed_at) VALUES (...).',
 '1 day', '{soc2.trainings, soc2.training_status}',
 true,
$query$
SELECT format('%s: %s', quote_ident(t.training_id), quote_ident(t.person)),
       t.completed OR coalesce(t.completed_at IS NULL AND t.due_at >= now(), false),
       CASE WHEN t.completed THEN format('completed on %s', (t.completed_at AT TIME ZONE 'UTC')::date)
            WHEN t.completed_at IS NOT NULL THEN format('was good until %s', (t.valid_until AT TIME ZONE 'UTC')::date)
            WHEN t.due_at >= now() THEN format('due on %s', (t.due_at AT TIME ZONE 'UTC')::date)
            ELSE 'not completed' END
FROM soc2.training_status AS t
WHERE t.state = 'required'
$query$),
('reg.management_reviews',
 'Board and management hold the reviews that are planned, and close them',
 'medium',
 '{outline:CC1.2,outline:CC1.5,outline:CC5.1,outline:CC5.2,outline:CC5.3,outline:P5.2,outline:P6.7,tsc:CC1.2,tsc:CC1.5,tsc:CC2.1,tsc:CC4.1,tsc:CC4.2}',
 '{"max_age": "1 year", "close_within": "90 days"}',
 'Oversight that is not exercised is none.',
 'Hold the review, record who took part, what was decided and where the minutes are, and close it when the decisions were carried out.',
 '1 day', '{soc2.management_reviews}',
 true,
$query$
SELECT format('review %s', quote_ident(m.management_review_id)),
       CASE m.state WHEN 'planned' THEN coalesce(m.due_at >= now(), true)
           WHEN 'held' THEN m.held_on + ($1 ->> 'close_within')::interval >= now()
           ELSE true END,
       concat_ws(', ', m.state, 'held on ' || m.held_on,
           CASE WHEN m.state = 'planned' THEN 'due on ' || (m.due_at AT TIME ZONE 'UTC')::date END)
FROM soc2.management_reviews AS m
WHERE m.state <> 'cancelled'
UNION ALL
SELECT 'newest review', max(m.held_on) + ($1 ->> 'max_age')::interval >= now(),
       format('held on %s', max(m.held_on))
FROM soc2.management_reviews AS m
WHERE m.state IN ('held', 'closed')
HAVING count(*) > 0
$query$),
('reg.user_entity_controls',
 'Customers are told which controls are theirs',
 'low',
 '{outline:A1.1,outline:A1.2,outline:A1.3,outline:C1.1,outline:C1.2,outline:PI1.1,outline:PI1.2,outline:PI1.3,outline:PI1.4,outline:PI1.5,tsc:CC2.3}',
 '{}',
 'Some controls here suffice only if customers carry out theirs, which they can if they know them.',
 'Tell customers, in the contract, the guide or the report, and record it: state communicated.',
 '1 day', '{soc2.user_entity_controls}',
 true,
$query$
SELECT format('control %s', quote_ident(u.user_entity_control_id)),
       u.state = 'communicated' AND coalesce(u.due_at >= now(), true),
       concat_ws(', ', u.state, 'in ' || u.communicated_in,
           CASE WHEN u.due_at < now() THEN format('review was due on %s', (u.due_at AT TIME ZONE 'UTC')::date) END)
FROM soc2.user_entity_controls AS u
WHERE u.state <> 'retired'
$query$);
