#!/usr/bin/perl
# make mutants: do the tests notice when the code is wrong?
#
# Each mutation of the table below changes the sources in one place.  It is
# applied to a copy, which is built and tested with the suites that have to
# notice.  A mutation is killed if one of them fails and survives if all pass.
# One whose text is not there any more, is there more than once, or does not
# build has to be put right: it is a failure like one that survives.
#
#   ONLY=lane                      only mutations whose name contains it
#   perl test/mutants.pl --check   only look whether all texts are still there
#
# It works in a stage (test/tools/stage.sh), where it starts itself a second
# time; test/run.pl runs the suites.  Takes some ten seconds a mutation.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(remove_tree);

$| = 1;

# Name, file, suites as suite:ONLY in the order to try, then pairs of a text
# and what comes in its place.  The file may be a pattern; the text stands once
# in all files that match.
my @mutations = (

	# registers: what is overdue, and what counts for criteria
	[ 'register: nothing is overdue', 'sql/79_register_items.sql', 'regress:incident', 'pg_catalog.count(*) FILTER (WHERE t.overdue) AS overdue', '0::bigint AS overdue' ],
	[ 'register: own criteria do not count', 'sql/79_register_items.sql', 'regress:incident', 'COALESCE(i.own_criteria, r.criteria)', 'r.criteria' ],
	[ 'register: what is final is open', 'sql/79_register_items.sql', 'tap:031_checks regress:incident', 'o.register IS NOT NULL AS is_open', 'true AS is_open' ],
	[ 'readiness: overdue rows are evidence', 'sql/80_views.sql', 'regress:incident', 'OR overdue_items OPERATOR(pg_catalog.>) 0 THEN', 'THEN' ],
	[ 'ways: over the crosswalk is the same', 'sql/79_register_items.sql', 'regress:incident', 's.name, a.via;', 's.name, a.via DESC;' ],
	[ 'policy: a version of tomorrow holds', 'sql/70_thin_register.sql', 'tap:031_checks', 'AND w.effective_at OPERATOR(pg_catalog.<=) pg_catalog.now()', '' ],
	[ 'incident: told too late', 'sql/71_incident.sql', 'tap:031_checks', 'COALESCE(n.notified_at, pg_catalog.now()) OPERATOR(pg_catalog.>) i.notify_by', 'false' ],
	# consents, and tables whose rows need one
	[ 'consent: none is needed', 'src/consent_guard.c', 'regress:consent', 'if (verdict != SOC2_CONSENT_LIVE)', 'if (verdict == SOC2_CONSENT_NO_SUBJECT)' ],
	[ 'consent: nobody is somebody', 'src/consent_guard.c', 'regress:consent', '		note_bad(s, s->row, SOC2_CONSENT_NO_SUBJECT);
', '' ],
	[ 'consent: withdrawn is given', 'src/consent_lookup.c', 'regress:consent', 'if (!DatumGetBool(get_value(lookup, INDEX_GIVEN, &isnull)))', 'if (false)' ],
	[ 'consent: for ever', 'src/consent_lookup.c', 'regress:consent', 'if (!isnull && DatumGetTimestampTz(value) <= lookup->now)', 'if (!isnull && DatumGetTimestampTz(value) < 0)' ],
	[ 'consent: of any purpose', 'src/consent_lock.c', 'regress:consent', 'subject.len, (uint64) purpose_key));', 'subject.len, 0));' ],
	[ 'consent: of any kind', 'src/consent_guard.c', 'regress:consent', "if (args[SOC2_CONSENT_ARG_KIND][0] != '\\0')", 'if (false)' ],
	[ 'consent: by the snapshot of the transaction', 'src/consent_lookup.c', 'isolation:withdrawal', 'RegisterSnapshot(GetLatestSnapshot())', 'RegisterSnapshot(GetTransactionSnapshot())' ],
	[ 'consent: withdrawn in passing', 'src/consent_lock.c', 'isolation:withdrawal', '	(void) lock(purpose_key, bucket_of(key), RowExclusiveLock);
', '' ],
	[ 'consent: withdrawn amid a load', 'src/consent_lock.c', 'isolation:withdrawal', '	(void) lock(purpose_key, 0, RowExclusiveLock);
', '' ],
	[ 'consent: withdrawals one by one', 'src/consent_lock.c', 'isolation:withdrawal', 'lock(purpose_key, 0, RowExclusiveLock)', 'lock(purpose_key, 0, ExclusiveLock)' ],
	[ 'consent: of the statement does not count', 'src/consent_guard.c', 'regress:consent', '	CommandCounterIncrement();
	begin(&s, trigdata);', '	begin(&s, trigdata);' ],
	[ 'consent: rows that stay are new', 'src/consent_guard.c', 'regress:consent', 'if (!soc2_is_same_value(att, before, after))', 'if (att != NULL || before.isnull)' ],
	[ 'consent: triggers of tables below change nobody', 'src/consent_guard.c', 'regress:consent', '		rel->rd_rel->relhassubclass ||
', '' ],
	[ 'consent: triggers change nobody', 'src/consent_guard.c', 'regress:consent', '		rel->trigdesc->trig_update_before_row ||
', '' ],
	[ 'consent: of the last batch', 'src/consent_guard.c', 'regress:consent', 'if (s->first_bad != 0 && s->first_bad < row)', 'if (false)' ],
	[ 'consent: partitions that come need none', 'src/guard_event.c', 'regress:consent', '			soc2_consent_follow_partition(item->relid, item->object);
', '' ],
	[ 'consent: triggers can go', 'src/guard_trigger.c', 'regress:consent', '	consents = soc2_consent_has_trigger(old);', '	consents = false;' ],
	[ 'consent: columns can go', 'src/consent_install.c', 'regress:consent', 'if (used && get_attnum(relid, name) <= 0)', 'if (false)' ],
	[ 'personal data: check digits do not count', 'src/core/personal_data.c', 'unit', 'return rest == 1;', 'return true;' ],
	[ 'personal data: any digits are a card', 'src/core/personal_data.c', 'unit', 'return sum % 10 == 0 && !same;', 'return !same;' ],
	[ 'personal data: dates are phone numbers', 'src/core/personal_data.c', 'unit', 'if (has_groups(number, 2, 2, 4) || has_groups(number, 4, 2, 2) ||', 'if (' ],
	[ 'personal data: one gap after the other', 'src/core/ip_address.c', 'unit', 'gaps == 1 ? groups > 0', 'gaps >= 1 ? groups > 0' ],
	[ 'scan: one value is enough', 'sql/67_privacy_inventory.sql', 'regress:privacy', 's.hits >= GREATEST(s.sampled * least_share, 1)', 's.hits >= 1' ],
	[ 'scan: names do not count', 'sql/67_privacy_inventory.sql', 'regress:privacy', '            SELECT col.kind, true) AS k', '            SELECT NULL, true) AS k' ],
	[ 'inventory: a class is all', 'sql/67_privacy_inventory.sql', 'regress:privacy', "            WHEN COALESCE(own.purpose, whole.purpose, everything.purpose) IS NULL THEN 'no purpose'
", '' ],
	[ 'export: row security hides', 'sql/67_privacy_request.sql', 'regress:privacy', '    SET row_security = off
', '' ],
	[ 'export: times of the session', 'sql/67_privacy_request.sql', 'regress:privacy', "    SET row_security = off
    SET TimeZone = 'UTC'
", '    SET row_security = off
' ],
	[ 'export: as many as there are', 'sql/67_privacy_request.sql', 'regress:privacy', '    IF total > max_rows THEN', '    IF false THEN' ],
	[ 'request: erasure of another', 'sql/67_privacy_request.sql', 'regress:privacy', ' AND e.subject = request.subject)', ')' ],
	[ 'request: an objection of today', 'sql/67_privacy_request.sql', 'regress:privacy', 'AND c.given AND c.effective_at > clock_timestamp();', 'AND false;' ],
	[ 'disclosure: drafts allow', 'sql/72_privacy_processor.sql', 'regress:privacy', '                        AND t.approved_at IS NOT NULL
', '' ],
	[ 'foreign code: temporary types first', 'src/ledger_content.c', 'regress:foreign_code', '"pg_catalog, pg_temp"', '"pg_catalog"' ],
	[ 'foreign code: constants of the owner of the extension', 'src/anonymization.c', 'regress:foreign_code', '	SetUserIdAndSecContext(rel->rd_rel->relowner,', '	SetUserIdAndSecContext(user,' ],
	[ 'foreign code: views of subjects', 'sql/61_subject.sql', 'regress:foreign_code', "c.relkind IN ('r', 'p')", "c.relkind IN ('r', 'p', 'v')" ],
	[ 'recovery: two versions at once', 'sql/72_recovery.sql', 'isolation:recovery_approval', '        FOR NO KEY UPDATE) AS locked;', '        ) AS locked;' ],
	[ 'request: any of them objects', 'sql/67_privacy_request.sql', 'regress:privacy', " AND r.kind = 'objection'", '' ],
	[ 'consent: texts of the session', 'src/consent_guard.c', 'regress:consent', '	if (s.pinned)
		level = soc2_ledger_pin();', '	if (s.pinned)
		level = soc2_ledger_pin(), soc2_ledger_unpin(level), s.pinned = false;' ],

	# steps of registers, persons, deadlines
	[ 'step: any step', 'src/register_step.c', 'regress:register', 'if (step == NULL && call->imports)', 'if (step == NULL && (call->old || call->imports))' ],
	[ 'step: any state', 'src/register_step.c', 'regress:register', 'if (state != NULL && is_state(call, state))', 'if (state == NULL || !is_state(call, state) || call)' ],
	[ 'step: what is final changes', 'src/register_step.c', 'regress:register', '		require_open(call, from);', '		if (false) require_open(call, from);' ],
	[ 'step: everybody imports', 'src/register_step.c', 'regress:register', '.imports = !update &&', '.imports = !update ||' ],
	[ 'step: an import is stamped', 'src/register_step.c', 'regress:register', 'if (call->imports && !isnull)', 'if (false)' ],
	[ 'step: one person', 'src/register_step.c', 'regress:register', '	if (!call->imports)
		require_other_person(call, step);', '	if (call->imports)
		require_other_person(call, step);' ],
	[ 'step: stamps are anybody\'s', 'src/register_step.c', 'regress:register', '		require_unchanged(call, psprintf("%s_by", step->stamp),
						  "It is set by a step of the row.");', '' ],
	[ 'step: a new row is approved already', 'src/register_step.c', 'regress:register', "		require_own_columns(call, step);\n", "		(void) 0;\n" ],
	[ 'step: what is approved is exchanged', 'sql/70_thin_register.sql', 'regress:incident', "WHEN (NEW.state OPERATOR(pg_catalog.<>) 'draft')", 'WHEN (false)' ],
	[ 'step: who changes a draft approves it', 'sql/70_thin_register.sql', 'regress:incident', "    NEW.drafted_by := soc2.login_role();\n", '' ],
	[ 'person: one role, one person', 'src/person.c', 'regress:register', 'return person ? person : pstrdup(role);', 'return pstrdup(role);' ],
	[ 'person: the session says who', 'src/person.c', 'regress:register', 'GetUserNameFromId(GetAuthenticatedUserId(), false)', 'GetUserNameFromId(GetSessionUserId(), false)' ],
	[ 'deadline: days of the server', 'sql/52_register.sql', 'regress:register', '(started_at AT TIME ZONE zone)', "(started_at AT TIME ZONE 'UTC')" ],

	# reviews of access
	[ 'access review: on the own access', 'src/access_review.c', 'regress:access_review', 'if ((role = judged(1)) != NULL)', 'if ((role = judged(1)) != NULL && false)' ],
	[ 'access review: on what is assigned to others', 'src/access_review.c', 'regress:access_review', 'if ((role = judged(2)) != NULL)', 'if ((role = judged(2)) != NULL && false)' ],
	[ 'access review: on what is assigned to nobody', 'src/access_review.c', 'regress:access_review', 'if ((role = judged(3)) != NULL)', 'if ((role = judged(3)) != NULL && false)' ],
	[ 'access review: somebody else by SET ROLE', 'src/access_review.c', 'regress:access_review', 'values[DECIDE_REVIEWER] = CStringGetTextDatum(soc2_login_role());', 'values[DECIDE_REVIEWER] = CStringGetTextDatum(GetUserNameFromId(GetOuterUserId(), false));' ],
	[ 'access review: on groups of one\'s own', 'sql/67_access_review.sql', 'regress:access_review', 'JOIN pg_auth_members AS m ON m.member = h.oid)', 'JOIN pg_auth_members AS m ON m.member = h.oid WHERE false)' ],
	[ 'access review: persons of the roster', 'sql/67_access_review.sql', 'regress:access_review', 'OR roles_of_person.role = ANY (x.role_names)', '' ],
	[ 'access review: closed while somebody decides', 'src/access_review.c', 'isolation:review_close', ' WHERE review_id = $1 FOR UPDATE', ' WHERE review_id = $1' ],
	[ 'access review: closed with something left', 'sql/68_access_closing.sql', 'regress:access_review', q{THEN 'incomplete' ELSE 'closed' END}, q{THEN 'closed' ELSE 'closed' END} ],
	[ 'access review: granted again by somebody else', 'sql/68_access_closing.sql', 'regress:access_review', q{AND f.object = g.object AND f.column_name = g.column_name AND f.privilege = g.privilege}, q{AND f.object = g.object AND f.column_name = g.column_name AND f.privilege = g.privilege AND f.grantor = g.grantor} ],
	[ 'access review: there under another name', 'sql/68_access_closing.sql', 'regress:access_review', "AND (SELECT v.taken_in FROM review AS v) = soc2.cluster_database()),", "AND (SELECT v.taken_in FROM review AS v) <> soc2.cluster_database())," ],
	[ 'access review: what is to change is gone by another name', 'sql/68_access_closing.sql', 'regress:access_review', "s.decision IN ('revoke', 'change')", "s.decision = 'revoke'" ],
	[ 'access review: what nobody decided is gone by another name', 'sql/68_access_closing.sql', 'regress:access_review', "AND (s.decision IS NULL OR s.decision IN", 'AND (s.decision IN' ],
	[ 'access review: an owner that was not decided', 'sql/68_access_closing.sql', 'tap:026_access_review', "f.object = g.object\n        WHERE g.kind = 'ownership' AND", "f.object = g.object\n        WHERE false AND" ],
	[ 'access review: an owner that was not decided, by another name', 'sql/68_access_closing.sql', 'regress:access_review', "f.object_oid = g.object_oid\n        WHERE g.kind = 'ownership' AND", "f.object_oid = g.object_oid\n        WHERE false AND" ],
	[ 'access review: what predefined roles were given', 'sql/66_access.sql', 'regress:access_review', "OR g.rolname NOT IN ('pg_read_all_settings'", "AND g.rolname NOT IN ('pg_read_all_settings'" ],
	[ 'access review: entries that were changed', 'sql/68_access_closing.sql', 'regress:access_review', 'v.entries_sha256::text IS DISTINCT FROM soc2', 'v.entries_sha256::text IS NULL AND NULL IS DISTINCT FROM soc2' ],
	[ 'access review: the right to grant goes first', 'sql/68_access_closing.sql', 'regress:access_review', 'ORDER BY l.part, l.depth DESC, l.entry_no', 'ORDER BY l.part, l.depth, l.entry_no' ],
	[ 'access review: columns go with their table', 'sql/68_access_closing.sql', 'regress:access_review', q{WHERE t.is_revoked AND t.kind = 'privilege'}, q{WHERE false AND t.kind = 'privilege'} ],
	[ 'access review: a comment that goes on as a statement', 'sql/68_access_closing.sql', 'regress:access_review', q{pg_catalog.regexp_replace(content, '[\n\r]', ' ', 'g')}, 'content' ],
	[ 'access review: what nobody had to grant', 'sql/66_access.sql', 'regress:access_review', 'COALESCE(o.acl, acldefault(o.acl_type, o.owner)), o.acl IS NULL', 'o.acl, o.acl IS NULL' ],
	[ 'access review: what the server brings', 'sql/66_access.sql', 'regress:access_review', 'AND (access_now.shipped OR NOT o.shipped OR NOT EXISTS', 'AND (access_now.shipped OR NOT o.shipped OR EXISTS' ],
	[ 'access review: rules that others precede', 'sql/66_access.sql', 'tap:026_access_review', 'AND e.ordinal < r.ordinal', 'AND e.ordinal > r.ordinal' ],
	[ 'access review: duties of two accounts of a person', 'sql/69_access_views.sql', 'regress:access_review', 'AND b.person = a.person', 'AND b.rolname = a.rolname' ],

	# the report
	[ 'report: a character that ends an element', 'src/core/html.c', 'unit regress:report', "		case '<':
			return \"&lt;\";
", '' ],
	[ 'report: text that turns the rest around', 'src/core/html.c', 'unit regress:report', '(character >= 0x2028 && character <= 0x202E)', 'character == 0x2028' ],
	[ 'report: members as they are', 'sql/88_report_html.sql', 'regress:report', 'soc2.report_text(k.resource), soc2.report_text(k.severity),', 'k.resource, soc2.report_text(k.severity),' ],
	[ 'report: green for what did not run', 'sql/88_report_html.sql', 'regress:report', q{WHEN state IN ('evidenced', 'pass', 'fresh')}, q{WHEN state IN ('evidenced', 'pass', 'fresh', 'not_run')} ],
	[ 'report: lists are cut in silence', 'sql/88_report_html.sql', 'regress:report', 'CASE WHEN shown < total', 'CASE WHEN false' ],
	[ 'report: days of the session', 'sql/88_report_html.sql', 'regress:report', q{SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET jit = off}, 'SET search_path = pg_catalog, pg_temp SET jit = off' ],
	[ 'report: scripts are let in', 'sql/88_report_html.sql', 'tap:041_report', 'default-src &#39;none&#39;; ', '' ],
	[ 'report: empty cells', 'sql/88_report_html.sql', 'regress:report', q{COALESCE(NULLIF(c.cell, ''), }, 'COALESCE(c.cell, ' ],
	[ 'report: pale text in the dark', 'sql/report/style.css', 'tap:041_report', '--soft: #a9adb6', '--soft: #696d76' ],
	[ 'report: wider than a narrow screen', 'sql/report/style.css', 'tap:041_report', '.scroll { overflow-x: auto;', '.scroll {' ],
	[ 'period: runs count for the interval after theirs', 'sql/56_period.sql', 'regress:period', 'pg_catalog.width_bucket(pg_catalog.lower(r.at), b.first), 1)', 'pg_catalog.width_bucket(pg_catalog.lower(r.at), b.first) + 1, 1)' ],

	# documents of OSCAL
	[ 'oscal: a UUID of another version', 'src/core/oscal.c', 'unit regress:oscal', '& 0x0F) | 0x50', '& 0x0F) | 0x70' ],
	[ 'oscal: two texts in one token', 'src/core/oscal.c', 'unit regress:oscal', "			 character == '.' || character == '-');", "			 character == '.' || character == '-' || character == '_');" ],
	[ 'oscal: times of the session', 'sql/85_oscal.sql', 'regress:oscal', q{pg_catalog.timezone('UTC', "time")}, '"time"' ],
	[ 'oscal: a relation turned the wrong way', 'sql/86_oscal_import.sql', 'regress:oscal', 'm.targets, NOT m.forward)', 'm.targets, m.forward)' ],
	[ 'oscal: each source is what all are', 'sql/86_oscal_import.sql', 'regress:oscal', "            THEN 'subset-of'\n", "            THEN 'equal-to'\n" ],
	[ 'oscal: ids that are there twice', 'sql/86_oscal_import.sql', 'regress:oscal', 'WINDOW w AS (PARTITION BY c.id ORDER BY c.place)', 'WINDOW w AS (PARTITION BY c.id, c.place ORDER BY c.place)' ],
	[ 'oscal: unknown ids left out unasked', 'sql/86_oscal_import.sql', 'regress:oscal', 'IF skip_unknown IS NOT TRUE THEN', 'IF false THEN' ],
	[ 'oscal: findings without a failure that is open', 'sql/87_oscal_results.sql', 'tap:033', "        WHERE f.is_open\n        GROUP BY c.code", "        GROUP BY c.code" ],
	[ 'oscal: waived failures are plain', 'sql/87_oscal_results.sql', 'tap:033', "            WHEN f.waived THEN 'deviation-approved'\n", '' ],

	# what clients of all kinds read
	[ 'bi: days that not every client can read', 'sql/86_bi.sql', 'tap:041_bi_sqlalchemy', 'soc2.calendar_day(p.last_day) AS last_day', 'p.last_day' ],
	[ 'bi: times that not every client can read', 'sql/86_bi.sql', 'tap:041_bi_sqlalchemy', 'soc2.calendar_time(f.due_at) AS due_at', 'f.due_at' ],
	[ 'metrics: findings that are waived are overdue', 'sql/83_metrics.sql', 'regress:views', "WHEN f.waived THEN 'waived' WHEN", 'WHEN' ],

	# digests of tables
	[ 'digest: a carry is lost', 'src/core/multiset.c', 'unit regress:table_digest', 'carry = more + (uint64_t) (set->limbs[i] < carry);', 'carry = more;' ],
	[ 'digest: equal rows count once', 'src/core/multiset.c', 'unit', '	set->count++;', '	set->count = 1;' ],
	[ 'digest: NULL is an empty text', 'src/row_digest.c', 'regress:table_digest', '#define LENGTH_OF_NULL		0xFFFFFFFF', '#define LENGTH_OF_NULL		0' ],
	[ 'digest: settings of the session', 'src/row_digest.c', 'regress:table_digest', 'plan->pinned && !soc2_ledger_is_pinned();', 'plan->pinned && false;' ],
	[ 'digest: what workers added is lost', 'src/row_digest.c', 'regress:table_digest', '	if (!PG_ARGISNULL(1))
		soc2_multiset_merge(', '	if (PG_ARGISNULL(1))
		soc2_multiset_merge(' ],
	[ 'digest: rows that row security hides are left out', 'src/table_digest.c', 'regress:table_digest', '	set("row_security", "off");
', '' ],
	[ 'digest: columns in the order of the table', 'src/table_digest.c', 'regress:table_digest', '	qsort(job->columns, job->count, sizeof(digest_column), compare_names);
', '' ],

	# availability and processing integrity
	[ 'wal: gaps between timelines', 'sql/72_recovery.sql', 'regress:recovery', '        (COALESCE(n.own_number, n.older_number) OPERATOR(pg_catalog.+) 1)', '        (n.own_number OPERATOR(pg_catalog.+) 1)' ],
	[ 'wal: segments that are not complete', 'sql/72_recovery.sql', 'regress:recovery', '(\.(gz|bz2|lz4|xz|zst))?$', '(\.(gz|bz2|lz4|xz|zst|partial))?$' ],
	[ 'capacity: a forecast from two days', 'sql/72_recovery.sql', 'regress:recovery', 'CASE WHEN n.days OPERATOR(pg_catalog.>=) 3 THEN s.bytes_per_day::bigint END', 's.bytes_per_day::bigint' ],
	[ 'recovery: who drafts a plan approves it', 'sql/72_recovery.sql', 'regress:recovery', q{'approve', 'approved', '{requested_by}'}, q{'approve', 'approved', '{}'} ],
	[ 'output: other bytes are what was approved', 'sql/73_processing.sql', 'regress:processing', 'pg_catalog.sha256(is_approved_output.content)', 'o.content_sha256::bytea' ],
	[ 'output: who prepares approves', 'sql/73_processing.sql', 'regress:processing', q{'approve', 'approved', '{prepared_by}'}, q{'approve', 'approved', '{}'} ],
	[ 'input: numbers that are there twice', 'src/sequence_gaps.c', 'regress:processing', 'n.number = n.last OR %s > 0%s', 'NOT n.number = n.last AND %s > 0%s' ],
	[ 'reconciliation: texts within the tolerance', 'src/reconcile.c', 'regress:processing', '"    ELSE a.value = b.value END)"', '"    ELSE true END)"' ],
	[ 'reconciliation: all are due', 'sql/55_reconciliation.sql', 'regress:processing', '    WHERE s.run_at IS NULL OR s.is_stale
        OR', '    WHERE true
        OR' ],
	[ 'queue: none is too old', 'src/error_queue.c', 'regress:processing', 'q.at < statement_timestamp() - interval %s', 'q.at < statement_timestamp() - 100 * interval %s' ],

	# backups and restores
	[ 'restore: differences do not count', 'src/backup/soc2-restore-test', 'tap:036', 'if (good < count) {', 'if (good < 1) {' ],
	[ 'restore: any manifest will do', 'src/backup/soc2-restore-test', 'tap:036', 'if [ -n "$manifest" ] && [', 'if false && [' ],
	[ 'restore: up to the end of the log', 'src/backup/soc2-restore-test', 'tap:036', 'recovery_target_name = $(value "$point")
', '' ],
	[ 'restore: tablespaces of the backup are used', 'src/backup/soc2-restore-test', 'tap:036', '		ln -s -f -n "$work/tablespaces/${link##*/}" "$link"
', '' ],
	[ 'backup: writers are not held off', 'src/backup/soc2-backup', 'tap:036', 'LOCK TABLE & IN SHARE MODE', 'LOCK TABLE & IN ACCESS SHARE MODE' ],
	[ 'backup: the end of the log is that of base', 'src/backup/soc2-backup', 'tap:036', '	[ -z "$previous" ] || rm -f "$place/wal/$previous"
	previous=${file##*/}
', '	rm -f "$place/wal/${file##*/}"
' ],
	[ 'sheet: any row is its entry', 'sql/68_access_sheet.sql', 'regress:access_sheet', "AND COALESCE(s.cells ->> m.name, '') NOT IN", "AND false AND COALESCE(s.cells ->> m.name, '') NOT IN" ],
	[ 'sheet: what was decided is decided again', 'sql/68_access_sheet.sql', 'regress:access_sheet', "OR COALESCE(s.reason, '') NOT IN (d.reason", "OR COALESCE(s.reason, '') NOT IN ('none'" ],
	[ 'pgbackrest: damaged log is passed over', 'src/backup/soc2-pgbackrest', 'tap:036_pgbackrest', ' AND l.problems IS NULL', '' ],
	[ 'pgbackrest: damaged files are passed over', 'src/backup/soc2-pgbackrest', 'tap:036_pgbackrest', "m[2] LIKE 'status: valid,%'", 'true' ],
	[ 'backup: the slot stays', 'src/backup/soc2-backup', 'tap:036', "drop_slot
slot=
", 'slot=
' ],

	# reports and audit packages
	[ 'package: formulas are left to spreadsheets', 'src/core/csv.c', 'unit regress:package', "	if (formula)\n", "	if (formula && false)\n" ],
	[ 'package: numbers are text', 'src/package_csv.c', 'regress:package', 'else if (is_number(type))', 'else if (is_number(type) && false)' ],
	[ 'package: rows in any order', 'src/package_source.c', 'regress:package', "	if (!OidIsValid(type->lt_opr))", "	if (OidIsValid(type->lt_opr))" ],
	[ 'package: a period cuts nothing', 'src/package_source.c', 'regress:package', 'if (question->argument_is_null || source->in_period == NULL)', 'if (true)' ],
	[ 'package: sums without the newlines', 'src/package_document.c', 'regress:package', "	soc2_sum_add(&document->sum, \"\\n\", 1);\n", '' ],

	# row history
	[ 'track: a new key finds nothing', 'src/track_trigger.c', 'regress:track', 'if (strcmp(s->key.data, s->other.data) != 0)', 'if (strcmp(s->key.data, s->other.data) == 2)' ],
	[ 'track: rows are paired though some are missing', 'src/track_trigger.c', 'regress:track', "	if (tuplestore_tuple_count(old.store) ==\n		tuplestore_tuple_count(new.store))", '	if (true)' ],
	[ 'track: subscribers record', 'src/track_trigger.c', 'tap:025', 'if (soc2_subscription_passes(trigdata->tg_relation) ||', 'if (' ],
	[ 'track: restored rows are new ones', 'src/track_trigger.c', 'tap:025', 'return !check_function_bodies &&', 'return false && !check_function_bodies &&' ],
	[ 'track: statements in the order of their ends', 'src/track_trigger.c', 'regress:track', "	int32		step = pop(trigdata);", "	int32		step = pop(trigdata) * 0;" ],
	[ 'track: records are not sorted', 'src/track_write.c', 'regress:track', '	qsort(writer->records, writer->count, sizeof(gathered_record), compare);', '	(void) compare;' ],
	[ 'track: rows together that should be apart', 'src/track_write.c', 'regress:track', 'else if (!writer->track->apart &&', 'else if (' ],
	[ 'track: rows of an old snapshot', 'src/track_write.c', 'isolation:track', 'RegisterSnapshot(GetLatestSnapshot())', 'RegisterSnapshot(GetTransactionSnapshot())' ],
	[ 'track: keys move one after the other', 'src/track_past.c', 'regress:track', "	if (change_no != p->change_no)\n", "	if (true)\n" ],
	[ 'track: half a transaction is the past', 'src/track_past.c', 'isolation:track', "JOIN late USING (transaction_id, transaction_at)", "JOIN (SELECT transaction_id, transaction_at FROM late) AS l USING (transaction_id, transaction_at) JOIN (VALUES (\$2)) AS x (at) ON r.recorded_at > x.at" ],
	[ 'track: what was redacted is passed over', 'src/track_past.c', 'regress:track', "if (DatumGetBool(SPI_getbinval(tuple, desc, UNDO_REDACTED, &isnull)))", "if (false && DatumGetBool(SPI_getbinval(tuple, desc, UNDO_REDACTED, &isnull)))" ],
	[ 'track: what does not fit is passed over', 'src/track_as_of.c', 'regress:track', 'if (r->past.misfits > 0)', 'if (r->past.misfits > 1000)' ],
	[ 'track: anybody reads', 'src/track_history.c', 'regress:track', 'if (pg_class_aclcheck(ledger, GetUserId(), ACL_SELECT) != ACLCHECK_OK)', 'if (pg_class_aclcheck(ledger, GetUserId(), ACL_SELECT) == ACLCHECK_NO_PRIV + 1)' ],
	[ 'track: not where triggers are off for replication', 'src/track_install.c', 'regress:track', 'TRIGGER_FIRES_ALWAYS,', 'TRIGGER_FIRES_ON_ORIGIN,' ],
	[ 'track: rows told apart by columns that can be NULL', 'src/track_define.c', 'regress:track', '!TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attnotnull)', 'false)' ],
	[ 'track: triggers go', 'src/guard_trigger.c', 'regress:track_ddl', "	if (soc2_track_has_trigger(old))\n", "	if (false && soc2_track_has_trigger(old))\n" ],
	[ 'track: partitions leave with their rows', 'src/track_guard.c', 'regress:track_ddl', 'record_tables(child, root, "detach", false);', '' ],
	[ 'track: tables go unseen', 'src/track_guard.c', 'regress:track_ddl', 'record_tables(relid, root, "drop", false);', '(void) root;' ],
	[ 'track: columns keep their new names', 'src/track_past.c', 'regress:track_ddl', "		if (row->has_values)\n			row->values = soc2_past_column_before(row->values, column);", '		(void) row;' ],
	[ 'change: buckets of hashes overlap', 'src/core/change.c', 'unit:change', 'UINT64_C(1) << bits | first', 'first' ],
	[ 'change: hashes of all histories are alike', 'src/core/change.c', 'unit:change', 'add_bytes(FNV_OFFSET, id, SOC2_CHANGE_ID_SIZE)', 'add_bytes(FNV_OFFSET, id, 0)' ],

	# changes, and what the server saw
	[ 'changes: whoever asks approves', 'sql/66_change_register.sql', 'regress:change_register', q{'approve afterwards', 'approved', '{requested_by,implemented_by}'}, q{'approve afterwards', 'approved', '{}'} ],
	[ 'changes: by two roles of one person', 'sql/54_change.sql', 'regress:change_register', q{WHEN soc2.same_person(change.requested_by, change.approved_by) THEN 'own'}, q{WHEN change.requested_by OPERATOR(pg_catalog.=) change.approved_by THEN 'own'} ],
	[ 'changes: an approval that is late counts', 'sql/54_change.sql', 'regress:change_register', 'WHEN change.approved_at OPERATOR(pg_catalog.>=) change.approval_due', 'WHEN change.approved_at OPERATOR(pg_catalog.>) change.approval_due' ],
	[ 'changes: emergencies are never overdue', 'sql/54_change.sql', 'regress:change_register', 'WHEN change.approval_due OPERATOR(pg_catalog.>) at THEN', 'WHEN true THEN' ],
	[ 'changes: approvals reach back', 'sql/54_change.sql', 'regress:change_register', "CASE WHEN change.kind OPERATOR(pg_catalog.<>) 'emergency' THEN change.approved_at", "CASE WHEN change.kind OPERATOR(pg_catalog.<>) 'emergency' THEN change.requested_at" ],
	[ 'changes: emergencies for all times', 'sql/54_change.sql', 'regress:change_register', 'WHEN pg_catalog.isfinite(pg_catalog.lower(change.valid)) THEN', 'WHEN change.valid IS NOT NULL THEN' ],
	[ 'changes: never over', 'sql/54_change.sql', 'regress:change_register', 'GREATEST(change.implemented_at, change.failed_at,', 'GREATEST(change.failed_at,' ],
	[ 'changes: deadlines from the request on', 'sql/66_change_register.sql', 'regress:change_register', "LEAST(NEW.requested_at, NULLIF(lower(NEW.valid), '-infinity'))", 'NEW.requested_at' ],
	[ 'changes: one of many objects is enough', 'sql/66_change_register.sql', 'regress:change_register', 'AND (pg_catalog.cardinality(d.objects) OPERATOR(pg_catalog.=) 1', 'AND (true' ],
	[ 'changes: a named change covers all', 'sql/66_change_register.sql', 'regress:change_register', 'AND NOT soc2.change_touches(r.patterns, d.objects) THEN 4', 'AND false THEN 4' ],
	[ 'changes: carried out by anybody', 'sql/66_change_register.sql', 'regress:change_register', 'WHEN NOT soc2.same_person(r.implementer, c.actor) THEN 1', 'WHEN false THEN 1' ],
	[ 'changes: unapproved work is done', 'sql/54_change.sql', 'regress:change_register', q{AND asked.kind <> 'emergency' THEN}, q{AND asked.kind = 'standard' THEN} ],
	[ 'observe: secrets as they are', 'sql/67_observe.sql', 'regress:observe', 'soc2.mask_setting(s.secret, e.name, pg_catalog.substr(c.entry,', "COALESCE('', e.name) OPERATOR(pg_catalog.||) (pg_catalog.substr(c.entry," ],
	[ 'observe: secrets without a key', 'sql/67_observe.sql', 'regress:observe', "soc2.keyed_hash(secret, name OPERATOR(pg_catalog.||) ' '", "soc2.keyed_hash('', name OPERATOR(pg_catalog.||) ' '" ],
	[ 'observe: restored clusters are compared', 'sql/67_observe.sql', 'regress:observe', 'OR last.system_identifier <> this_system', '' ],
	[ 'observe: whatever was last seen is believed', 'sql/67_observe.sql', 'regress:observe', 'ELSIF soc2.observed_state_sha256(kinds) IS DISTINCT FROM last.state_sha256 THEN', 'ELSIF false THEN' ],
	[ 'observe: all at the same time', 'sql/67_observe.sql', 'tap:036', '    LOCK TABLE soc2.observed_state IN SHARE ROW EXCLUSIVE MODE;', '' ],
	[ 'observe: a restart is a change', 'sql/67_observe.sql', 'tap:036', "WHERE d.kind = 'setting' AND o.kind = 'file' AND o.name = lower(d.name)", 'WHERE false' ],
	[ 'ddl: passwords of roles', 'src/ddl_text.c', 'regress:ddl_log', 'return has_password(((const AlterRoleStmt *) command)->options);', 'return false;' ],
	[ 'ddl: passwords in connections', 'src/ddl_text.c', 'regress:ddl_log', 'return is_connection(statement->utilityStmt, text) ? NULL : text;', 'return is_connection(statement->utilityStmt, text) ? text : text;' ],
	[ 'ddl: commands on roles are not recorded', 'src/ddl_text.c', 'regress:ddl_log', "		if (records)\n", "		if (false && records)\n" ],
	[ 'ddl: what ends recording is not recorded', 'src/ddl_text.c', 'regress:ddl_log', "		if (records)\n", "		if (records && soc2_ddl_records(statement->utilityStmt))\n" ],
	[ 'ddl: objects that are named beyond a hundred', 'src/ddl_capture.c', 'regress:ddl_log', 'FILTER (WHERE o.named))::integer', 'FILTER (WHERE NOT o.named))::integer' ],
	[ 'ddl: a role is made with memberships', 'sql/66_change_register.sql', 'tap:036_change', '{GRANT,REVOKE,"CREATE ROLE","DROP OWNED"}', '{GRANT,REVOKE,"DROP OWNED"}' ],
	[ 'ddl: recorded where nobody asked for it', 'src/ddl_capture.c', 'regress:change_register regress:observe', "		OidIsValid(get_event_trigger_oid(COMMAND_TRIGGER, true));", "		true;" ],

	[ 'erasure: history that tells of others goes unasked', 'sql/68_erasure_history.sql', 'regress:erase_history', 'AND (h.others = 0 OR erase_history.others)', '' ],
	[ 'erasure: history of this run is forgotten', 'sql/68_erasure_history.sql', 'regress:erase_history', 'FROM (SELECT jsonb_array_elements_text(hashes -> tracked.name)', "FROM (SELECT jsonb_array_elements_text(hashes -> '')" ],
	[ 'erasure: what history tells is done', 'sql/63_erasure.sql', 'regress:erase_history', 'guarded,readable,remembered}', 'guarded,readable}' ],

	# who writes where
	[ 'lane: no lock', 'src/ledger_lane.c', 'isolation:ledger_fork',
		'	return LockAcquire(&tag, ExclusiveLock, false, !wait);', '	(void) tag;
	return LOCKACQUIRE_ALREADY_HELD;' ],
	[ 'lane: shared lock', 'src/ledger_lane.c', 'tap:013',
		'	return LockAcquire(&tag, ExclusiveLock, false, !wait);', '	return LockAcquire(&tag, ShareLock, false, !wait);' ],
	[ 'lane: lock not kept', 'src/ledger_lane.c', 'isolation:ledger_fork',
		'	return LockAcquire(&tag, ExclusiveLock, false, !wait);', '	if (LockAcquire(&tag, ExclusiveLock, false, !wait) == LOCKACQUIRE_NOT_AVAIL)
		return LOCKACQUIRE_NOT_AVAIL;
	LockRelease(&tag, ExclusiveLock, false);
	return LOCKACQUIRE_OK;' ],
	[ 'lane: waits though others are free', 'src/ledger_lane.c', 'isolation:ledger_lanes',
		'for (uint32 i = 0; i < lanes; i++)', 'for (uint32 i = 0; i < Min(lanes, 1); i++)' ],
	[ 'lane: held after its savepoint is gone', 'src/ledger_lane.c', 'isolation:ledger tap:012_ledger_lanes tap:013',
		'LockAcquireResult result = lock_lane(ledger, w->lane, false);', 'LockAcquireResult result = LOCKACQUIRE_ALREADY_HELD;' ],
	[ 'lane: remembered after somebody else could write', 'src/ledger_lane.c', 'isolation:ledger_partition',
		'		w->noted = w->based = false;
		if (result', '		if (result' ],
	[ 'lane: end by the snapshot of the statement', 'src/ledger_lane.c', 'isolation:ledger_fork',
		'soc2_ledger_scan_begin(&scan, rel, plan, SnapshotSelf);
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE', 'soc2_ledger_scan_begin(&scan, rel, plan, GetActiveSnapshot());
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE' ],
	[ 'lane: end by the snapshot of the transaction', 'src/ledger_lane.c', 'isolation:ledger_fork',
		'soc2_ledger_scan_begin(&scan, rel, plan, SnapshotSelf);
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE', 'soc2_ledger_scan_begin(&scan, rel, plan, GetTransactionSnapshot());
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE' ],
	[ 'lane: end looked up before the lock', 'src/ledger_trigger.c', 'isolation:ledger_fork',
		'	link.lane = soc2_ledger_take_lane(row->plan->ledger);
	(void) soc2_ledger_find_end(row->rel, row->plan, &end, &link.prev);', '	(void) soc2_ledger_find_end(row->rel, row->plan, &end, &link.prev);
	link.lane = soc2_ledger_take_lane(row->plan->ledger);' ],
	[ 'lane: a row without position is an end', 'src/ledger_lane.c', 'regress:ledger tap:010',
		'	soc2_ledger_scan_where(&scan, SOC2_LEDGER_SEQ, BTGreaterStrategyNumber,
						   F_INT8GT, Int64GetDatum(w->last.seq));
', '' ],
	[ 'lane: an end without a hash is good', 'src/ledger_lane.c', 'regress:ledger tap:010',
		'if (w->broken || w->last.seq == PG_INT64_MAX ||', 'if (w->last.seq == PG_INT64_MAX ||' ],
	[ 'registry: old snapshot', 'src/ledger_*.c', 'isolation:ledger_fork',
		'systable_beginscan(ledgers, InvalidOid, false, SnapshotSelf, 1,',
		'systable_beginscan(ledgers, InvalidOid, false, GetTransactionSnapshot(), 1,' ],
	[ 'registry: no lock', 'src/ledger_trigger.c', 'isolation:ledger',
		'	soc2_ledger_lock_entry(plan->ledger);
	plan = soc2_ledger_plan_get(row->rel, true);', '	plan = soc2_ledger_plan_get(row->rel, true);' ],
	[ 'registry: not read again under the lock', 'src/ledger_trigger.c', 'isolation:ledger',
		'	soc2_ledger_lock_entry(plan->ledger);
	plan = soc2_ledger_plan_get(row->rel, true);', '	soc2_ledger_lock_entry(plan->ledger);' ],
	[ 'registry: an entry of an open transaction is final', 'src/ledger_plan.c', 'regress:ledger',
		'entry->id_final = !TransactionIdIsCurrentTransactionId(xmin);',
		'entry->id_final = TransactionIdIsValid(xmin);' ],
	[ 'registry: a new id for a ledger with rows', 'src/ledger_*.c', 'regress:ledger',
		'if (soc2_ledger_has_rows(row->rel, plan))', 'if (false && soc2_ledger_has_rows(row->rel, plan))' ],
	[ 'plan: never stale', 'src/ledger_plan.c', 'regress:ledger',
		'CacheRegisterRelcacheCallback(plan_invalidate, (Datum) 0);', '(void) plan_invalidate;' ],
	[ 'link: explicit from anybody', 'src/ledger_*.c', 'regress:ledger',
		'if (!superuser() &&
		!soc2_relation_ownercheck(', 'if (false && !superuser() &&
		!soc2_relation_ownercheck(' ],
	[ 'link: explicit in part', 'src/ledger_*.c', 'regress:ledger',
		'if (!soc2_ledger_row_has(row, f))', 'if (false && !soc2_ledger_row_has(row, f))' ],

	# what is hashed
	[ 'link: no domain byte', 'src/core/chain.c', 'unit:chain regress:ledger',
		'out[0] = SOC2_DOMAIN_LINK;', 'out[0] = 0;' ],
	[ 'link: lane and position swapped', 'src/core/chain.c', 'unit:chain regress:ledger',
		'	soc2_put_integer(out + 18, link->lane, 4);
	soc2_put_integer(out + 22, link->seq, 8);',
		'	soc2_put_integer(out + 18, link->seq, 8);
	soc2_put_integer(out + 26, link->lane, 4);' ],
	[ 'link: without the ledger', 'src/core/chain.c', 'unit:chain regress:ledger',
		'memcpy(out + 2, ledger->bytes, SOC2_LEDGER_ID_SIZE);',
		'memset(out + 2, ledger->bytes[0] & 0, SOC2_LEDGER_ID_SIZE);' ],
	[ 'content: domain of a commitment', 'src/core/encode.c', 'unit:encode regress:ledger',
		'head[0] = SOC2_DOMAIN_COMMITMENT;', 'head[0] = SOC2_DOMAIN_ROW;' ],
	[ 'content: form of a column left out', 'src/core/encode.c', 'unit:encode regress:ledger',
		'tail, sizeof(tail));
}

/* Write a redactable column */', 'tail + 1, sizeof(tail) - 1);
}

/* Write a redactable column */' ],
	[ 'content: lengths little-endian', 'src/core/encode.c', 'unit:encode regress:ledger',
		'		out[--n] = (unsigned char) (value & 0xFF);
		value >>= 8;', '		*out++ = (unsigned char) (value & 0xFF);
		value >>= 8;
		n--;' ],
	[ 'content: salt constant', 'src/ledger_row.c', 'regress:ledger',
		'memcpy(VARDATA(salt), drawn[left], SOC2_SALT_SIZE);', 'memset(VARDATA(salt), 1, SOC2_SALT_SIZE);' ],
	[ 'content: one salt a backend', 'src/ledger_*.c', 'regress:ledger',
		'	bytea	   *salt = palloc(VARHDRSZ + SOC2_SALT_SIZE);
', '	static bytea *salt = NULL;

	if (salt != NULL)
		return salt;
	salt = malloc(VARHDRSZ + SOC2_SALT_SIZE);
' ],
	[ 'content: columns by number', 'src/ledger_plan.c', 'regress:ledger',
		'	if (order != 0)
		return order;
	return x->len', '	if (order != 0)
		return ((const soc2_ledger_column *) a)->attnum - ((const soc2_ledger_column *) b)->attnum;
	return x->len' ],
	[ 'content: columns by letters', 'src/ledger_plan.c', 'regress:ledger',
		'memcmp(x->bytes, y->bytes, Min(x->len, y->len));',
		'pg_strncasecmp(x->bytes, y->bytes, Min(x->len, y->len));' ],
	[ 'content: NULL as an empty text', 'src/ledger_content.c', 'regress:ledger',
		'		if (!texts[i].present)
			continue;
		if (column->redactable)', '		if (column->redactable)',
		'(uint16) present), HASH_ROW);', '(uint16) plan->ncolumns), HASH_ROW);' ],
	[ 'content: generated columns', 'src/ledger_plan.c', 'regress:ledger',
		q{if (att->attisdropped || att->attgenerated != '\0' ||}, 'if (att->attisdropped ||' ],
	[ 'content: nothing is redactable', 'src/ledger_plan.c', 'regress:ledger',
		'column->redactable = !isnull &&', 'column->redactable = false && !isnull &&' ],
	[ 'content: not in UTF-8', 'src/ledger_codec.c', 'tap:011',
		'out->bytes = pg_server_to_any(bytes, len, PG_UTF8);', 'out->bytes = bytes;' ],
	[ 'pin: DateStyle', 'src/ledger_content.c', 'regress:ledger',
		'if (DateStyle != USE_ISO_DATES || DateOrder != DATEORDER_MDY)', 'if (false)' ],
	[ 'pin: TimeZone', 'src/ledger_content.c', 'regress:ledger',
		'if (strcmp(pg_get_timezone_name(session_timezone), "UTC") != 0)', 'if (false)' ],
	[ 'pin: IntervalStyle', 'src/ledger_content.c', 'regress:ledger',
		'if (IntervalStyle != INTSTYLE_POSTGRES)', 'if (false)' ],
	[ 'pin: extra_float_digits', 'src/ledger_content.c', 'regress:ledger',
		'if (extra_float_digits != 1)', 'if (false)' ],
	[ 'pin: bytea_output', 'src/ledger_content.c', 'regress:ledger',
		'if (bytea_output != BYTEA_OUTPUT_HEX)', 'if (false)' ],
	[ 'pin: search_path', 'src/ledger_content.c', 'regress:ledger',
		'if (strcmp(namespace_search_path, PINNED_PATH) != 0)', 'if (false)' ],
	[ 'pin: quote_all_identifiers', 'src/ledger_content.c', 'regress:ledger',
		'if (quote_all_identifiers)', 'if (false)' ],
	[ 'pin: never set free', 'src/ledger_content.c', 'regress:ledger',
		'AtEOXact_GUC(true, level);', '(void) level;' ],

	# guards
	[ 'guard: not always', 'sql/30_ledger.sql', 'regress:ledger tap:010',
		"ALTER TABLE soc2.evidence ENABLE ALWAYS TRIGGER soc2_guard_delete;\n", '' ],
	[ 'guard: of the registry not always', 'sql/30_ledger.sql', 'regress:ledger',
		"ALTER TABLE soc2.ledgers ENABLE ALWAYS TRIGGER soc2_guard_update;\n", '' ],
	[ 'guard: lets DELETE through', 'src/ledger_trigger.c', 'regress:ledger',
		'		event = "DELETE";', '		return PointerGetDatum(trigdata->tg_trigtuple);' ],
	[ 'guard: lets UPDATE through', 'src/ledger_trigger.c', 'regress:ledger',
		'		event = "UPDATE";', '		return PointerGetDatum(trigdata->tg_newtuple);' ],
	[ 'guard: lets TRUNCATE through', 'src/ledger_trigger.c', 'regress:ledger',
		'	else if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		event = "DELETE";', '	else if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		event = "DELETE";
	else
		return PointerGetDatum(NULL);' ],
	[ 'evidence: recorded_by given', 'src/evidence.c', 'regress:ledger',
		'	values[STAMP_RECORDED_BY] = NameGetDatum(&user);', '	values[STAMP_RECORDED_BY] = column_value(tuple, desc, "recorded_by", nulls);
	if (nulls[0])
		values[STAMP_RECORDED_BY] = NameGetDatum(&user);
	nulls[0] = false;' ],
	[ 'evidence: recorded_by of the session', 'src/evidence.c', 'regress:ledger',
		'										GetUserId(), false));', '										GetSessionUserId(), false));' ],
	[ 'evidence: recorded_at at the start of the transaction', 'src/evidence.c', 'regress:ledger',
		'TimestampTzGetDatum(GetCurrentTimestamp())', 'TimestampTzGetDatum(GetCurrentTransactionStartTimestamp())',
		"#include \"postgres.h\"\n", "#include \"postgres.h\"\n\n#include \"access/xact.h\"\n" ],
	[ 'evidence: another digest of the artifact', 'src/evidence.c', 'regress:ledger',
		'if (!isnull && soc2_digest_compare(', 'if (false && !isnull && soc2_digest_compare(' ],
	[ 'evidence: check runs by anybody', 'src/evidence.c', 'regress:check',
		'(is_check ? soc2_check_run_is_recorded() : OidIsValid(actor)))', '(is_check || OidIsValid(actor)))' ],
	[ 'evidence: acts of custodians by anybody', 'src/evidence.c', 'regress:redact',
		'(is_check ? soc2_check_run_is_recorded() : OidIsValid(actor)))', '(!is_check || soc2_check_run_is_recorded()))' ],
	[ 'evidence: collectors read it', 'sql/90_privileges.sql', 'regress:acl',
		'GRANT SELECT (evidence_id) ON soc2.evidence TO soc2_collector;',
		'GRANT SELECT ON soc2.evidence TO soc2_collector;' ],

	# verifying
	[ 'verify: no link check', 'src/core/chain.c', 'unit:chain',
		'verdict->problems |= SOC2_PROBLEM_LINK;', 'verdict->problems |= 0;' ],
	[ 'verify: no content check', 'src/core/chain.c', 'unit:chain',
		'verdict->problems |= SOC2_PROBLEM_HASH;', 'verdict->problems |= 0;' ],
	[ 'verify: gaps ignored', 'src/core/chain.c', 'unit:chain',
		'verdict->problems |= SOC2_PROBLEM_GAP;', 'verdict->problems |= 0;' ],
	[ 'verify: duplicates ignored', 'src/core/chain.c', 'unit:chain',
		'verdict->problems |= SOC2_PROBLEM_DUPLICATE;', 'verdict->problems |= 0;' ],
	[ 'verify: a gap at the start of a lane', 'src/core/chain.c', 'unit:chain',
		'	chain->seq = 0;
	memset(&chain->hash', '	chain->seq = UINT64_MAX;
	memset(&chain->hash' ],
	[ 'verify: links across a gap', 'src/core/chain.c', 'unit:chain',
		'		verdict->last_missing = seq - 1;
		chain->before_known = false;', '		verdict->last_missing = seq - 1;' ],
	[ 'verify: links not reported', 'src/ledger_verify_judge.c', 'tap:010',
		'if (verdict.problems & SOC2_PROBLEM_LINK)', 'if (false && (verdict.problems & SOC2_PROBLEM_LINK))' ],
	[ 'verify: contents not reported', 'src/ledger_verify_judge.c', 'tap:010',
		'if (sorted->wrong)', 'if (false && sorted->wrong)' ],
	[ 'verify: gaps not reported', 'src/ledger_verify_judge.c', 'tap:010',
		'if (verdict.problems & SOC2_PROBLEM_GAP)', 'if (false && (verdict.problems & SOC2_PROBLEM_GAP))' ],
	[ 'verify: duplicates not reported', 'src/ledger_verify_judge.c', 'tap:010',
		'if (verdict.problems & SOC2_PROBLEM_DUPLICATE)', 'if (false && (verdict.problems & SOC2_PROBLEM_DUPLICATE))' ],
	[ 'verify: stops at the first problem', 'src/ledger_verify_judge.c', 'tap:010',
		'		judge_row(j, key, &row);
', '		judge_row(j, key, &row);
		if (row.wrong)
			break;
' ],
	[ 'verify: the index is trusted', 'src/ledger_verify_judge.c', 'tap:010 tap:012_ledger_verify',
		'	if (c->index == NULL)
		return;
	judge_index_before', '	if (c->index == NULL || true)
		return;
	judge_index_before' ],
	[ 'verify: entries of the index without a row', 'src/ledger_verify_judge.c', 'tap:012_ledger_verify',
		'	while (c->key < key)
	{
		report_key(j,', '	while (c->key < key)
	{
		if (false)
			report_key(j,' ],
	[ 'verify: rows with another hash than was sealed', 'src/ledger_verify_judge.c', 'tap:012_ledger_verify',
		'if (soc2_digest_compare(&leaf, &j->leaf) != 0)', 'if (false && soc2_digest_compare(&leaf, &j->leaf) != 0)' ],
	[ 'verify: sealed rows missing at the end', 'src/ledger_verify_judge.c', 'tap:012_ledger_verify',
		'if (lanes[i]->sealed > last)', 'if (false && lanes[i]->sealed > last)' ],
	[ 'verify: another root than the checkpoint has', 'src/ledger_verify_log.c', 'tap:012_ledger_verify',
		'if (soc2_digest_compare(&root, &checkpoint->root) != 0)', 'if (false && soc2_digest_compare(&root, &checkpoint->root) != 0)' ],
	[ 'verify: tiles are not compared', 'src/ledger_verify_log.c', 'tap:012_ledger_verify',
		'	if (soc2_tile_reader_next(reader, &stored) &&', '	if (soc2_tile_reader_next(reader, &stored) && false &&' ],
	[ 'verify: redactions of values that are there', 'src/ledger_verify_judge.c', 'regress:redact tap:012_ledger_verify',
		'if (count > row->redacted)', 'if (count > row->redacted + 1)' ],
	[ 'verify: settings not pinned', 'src/ledger_verify_rows.c', 'regress:ledger',
		'	int			level = soc2_ledger_pin();
', '	int			level = 0;
', '	soc2_ledger_unpin(level);
', '	(void) level;
' ],
	[ 'verify: malformed rows that workers found', 'src/ledger_verify_workers.c', 'tap:012_ledger_workers',
		'soc2_verify_report_form(v, &row);', '(void) row;' ],
	[ 'verify: what a failed attempt found', 'src/ledger_verify.c', 'tap:012_ledger_workers',
		'tuplestore_clear(v->result);', '' ],
	[ 'verify: workers for output functions that are not safe', 'src/ledger_verify_workers.c', 'tap:012_ledger_workers',
		'		!is_parallel_safe(v->plan))', '		(false && !is_parallel_safe(v->plan)))' ],
	[ 'verify: tables of an older version', 'src/ledger_entry.c', 'tap:012_ledger_verify',
		'if (column > desc->natts)', 'if (false && column > desc->natts)' ],
	[ 'verify: salt of any length', 'src/ledger_verify_rows.c', 'tap:010',
		'if (VARSIZE_ANY_EXHDR(salt) != SOC2_SALT_SIZE)', 'if (VARSIZE_ANY_EXHDR(salt) > 2 * SOC2_SALT_SIZE)' ],
	[ 'verify: definition not looked at', 'src/ledger_verify*.c', 'regress:ledger',
		'foreach(cell, soc2_ledger_catalog_problems(v->rel, v->plan))', 'foreach(cell, NIL)' ],
	[ 'verify: guards enabled in some sessions', 'src/ledger_catalog.c', 'regress:ledger',
		'if (desc->triggers[i].tgenabled != TRIGGER_FIRES_ALWAYS)',
		'if (desc->triggers[i].tgenabled == TRIGGER_DISABLED)' ],
	[ 'verify: triggers after the chain', 'src/ledger_catalog.c', 'regress:ledger',
		'(later->tgtype & TRIGGER_TYPE_INSERT) != 0 && !is_down(later))',
		'(later->tgtype & TRIGGER_TYPE_INSERT) != 0 && is_down(later))' ],
	[ 'verify: anybody may', 'src/ledger_access.c', 'regress:ledger',
		'if (result != ACLCHECK_OK)', 'if (false && result != ACLCHECK_OK)' ],
	[ 'verify: row security hides rows', 'src/ledger_verify*.c', 'regress:ledger',
		'if (soc2_ledger_hides_rows(rel))', 'if (soc2_ledger_hides_rows(rel) && false)' ],

	# sealing, redacting and pruning
	[ 'seal: two at a time', 'src/ledger_seal.c', 'isolation:ledger_seal',
		'	(void) LockAcquire(&tag, ExclusiveLock, false, false);', '	(void) tag;' ],
	[ 'seal: a range starts where the last ended', 'src/ledger_seal.c', 'regress:seal',
		'range.first_seq = range.last_seq + 1;', 'range.first_seq = range.last_seq;' ],
	[ 'seal: a copy goes on under the same name', 'src/ledger_seal.c', 'tap:012_ledger_seal',
		'last->database != MyDatabaseId ||', 'last->database == 0 ||' ],
	[ 'seal: the same name on another timeline', 'src/ledger_seal.c', 'tap:012_ledger_seal',
		'last->timeline != (int32) GetWALInsertionTimeLine());', 'last->timeline == 0);' ],
	[ 'seal: copies share an origin', 'src/ledger_checkpoint.c', 'tap:012_ledger_seal',
		'if (seal->has_incarnation_id)', 'if (seal->seal_id < 0)' ],
	[ 'verify: any id of an incarnation', 'src/ledger_verify_log.c', 'tap:012_ledger_seal',
		'if (restarted ? same || !this->has_incarnation_id : !same)', 'if (restarted ? !this->has_incarnation_id : this->id < 0)' ],
	[ 'guard: redacting opens it for deleting', 'src/ledger_custody.c', 'regress:redact',
		'return TRIGGER_FIRED_BY_DELETE(event) && !current_pass->redacts;', 'return TRIGGER_FIRED_BY_DELETE(event);' ],
	[ 'guard: a subscriber believes any redaction', 'src/ledger_replica.c', 'tap:016',
		'		if (kept[i].present &&
', '		if (kept[i].present && i < 0 &&
' ],
	[ 'guard: a subscriber believes any commitment', 'src/ledger_replica.c', 'tap:016',
		'" AND commitment OPERATOR(soc2.=) soc2.digest_from_bytea($5)"', '" AND $5 IS NOT NULL"' ],
	[ 'guard: a subscriber believes a prune without evidence', 'src/ledger_replica.c', 'tap:016',
		"OPERATOR(pg_catalog.=) '\" SOC2_PRUNE_KIND \"')", "OPERATOR(pg_catalog.<>) '') IS NOT NULL" ],
	[ 'guard: a subscriber lets rows be removed', 'src/ledger_replica.c', 'tap:016',
		'" AND p.last_seq OPERATOR(pg_catalog.>=) $3 AND EXISTS', '" AND $3 IS NOT NULL AND EXISTS' ],
	[ 'guard: takes any session for a worker', 'src/ledger_replica.c', 'tap:016',
		'if (!IsLogicalWorker() ||', 'if (' ],
	[ 'prune: recorded after it', 'src/ledger_prune.c', 'tap:016',
		'	record(&p);
	delete_rows(&p);', '	delete_rows(&p);
	record(&p);' ],
	[ 'guard: open for all tables', 'src/ledger_custody.c', 'regress:redact',
		'if (plan == NULL || plan->ledger != current_pass->ledger)', 'if (plan == NULL)' ],
	[ 'guard: open for all rows', 'src/ledger_custody.c', 'regress:redact',
		'>= pass->first &&', '>= pass->first - PG_INT32_MAX &&',
		'<= pass->last;', '<= pass->last + PG_INT32_MAX;' ],
	[ 'guard: redacting may change the rest', 'src/ledger_custody.c', 'regress:redact',
		'	return soc2_is_same_value(att, before, after);',
		'	return soc2_is_same_value(att, before, after) || true;' ],
	[ 'prune: rows that are not sealed', 'src/ledger_prune.c', 'regress:redact',
		'	if (!p->custody.plan->has_id ||
		p->through > lane_number(', '	if (!p->custody.plan->has_id ||
		p->through < 0 * lane_number(' ],
	[ 'prune: the last row of a lane', 'src/ledger_prune.c', 'regress:redact',
		'if (!read_link(p, p->through + 1, &prev, &next_hash))', 'if (false && !read_link(p, p->through + 1, &prev, &next_hash))',
		'if (soc2_digest_compare(&prev, &p->last_hash) != 0)', 'if (false && soc2_digest_compare(&prev, &p->last_hash) != 0)' ],
	[ 'prune: while the guard of retention is down', 'src/ledger_prune.c', 'regress:redact',
		'	if (select.number > 0)', '	if (select.number < 0)' ],
	[ 'prune: rows without an expiry', 'src/ledger_prune.c', 'regress:redact',
		'	const char *expected = "NOT FALSE";', '	const char *expected = "TRUE";' ],

	# criteria
	[ 'criterion: end of a subtree', 'src/core/criterion.c', 'unit:criterion',
		'(((uint64_t) 1 << open) - 1)', '(((uint64_t) 1 << open) - 2)' ],
	[ 'criterion set: members not merged', 'src/core/criterion_set.c', 'unit:criterion',
		'if (n == 0 || !soc2_criterion_covers(out[n - 1], c))', 'if (n == 0 || out[n - 1] != c)' ],
	[ 'GIN: any member covers', 'src/criterion_set_gin.c', 'regress:criterion',
		'		case COVERS_ONE_STRATEGY:
			result = every_member(check, extra, count);', '		case COVERS_ONE_STRATEGY:
			result = any_key(check, count);' ],
	[ 'GIN: all members overlap', 'src/criterion_set_gin.c', 'regress:criterion',
		'		case OVERLAPS_ONE_STRATEGY:
			result = any_key(check, count);', '		case OVERLAPS_ONE_STRATEGY:
			result = every_member(check, extra, count);' ],
	[ 'GIN: equality not rechecked', 'src/criterion_set_gin.c', 'regress:criterion',
		'			if (result == GIN_TRUE)
				result = GIN_MAYBE;', '' ],
	[ 'GIN: the empty set is not found', 'src/criterion_set_gin.c', 'regress:criterion',
		'return GIN_SEARCH_MODE_INCLUDE_EMPTY;', 'return GIN_SEARCH_MODE_DEFAULT;' ],
	[ 'GIN: no ancestors', 'src/criterion_set_gin.c', 'regress:criterion',
		'for (int level = 0; above &&', 'for (int level = 1; above &&' ],

	# retention
	[ 'retention: time zone of the session', 'src/retention_rows.c', 'regress:retention',
		'		*time = DatumGetTimestamp(anchor);', '		if (type == TIMESTAMPOID)
			anchor = DirectFunctionCall1(timestamp_timestamptz, anchor);
		*time = DatumGetTimestamp(anchor);' ],
	[ 'retention: dates in the time zone of the session', 'src/retention_rows.c', 'regress:retention',
		'*time = days * SOC2_USECS_PER_DAY;',
		'*time = DatumGetTimestampTz(DirectFunctionCall1(date_timestamptz, anchor));' ],
	[ 'retention: policies never stale', 'src/retention_policy.c', 'regress:retention isolation:retention',
		'CacheRegisterRelcacheCallback(forget_policies, (Datum) 0);', '(void) forget_policies;' ],
	[ 'retention: TRUNCATE by the snapshot of the transaction', 'src/retention_rows.c', 'isolation:retention',
		'scan = table_beginscan(rel, snapshot, 0, NULL);', 'scan = table_beginscan(rel, GetTransactionSnapshot(), 0, NULL);' ],
	[ 'retention: a row leaves its class while its event is pending', 'src/retention_trigger.c', 'regress:retention_policy',
		'if (before->term.kind == SOC2_TERM_PENDING)', 'if (false)' ],
	[ 'retention: a row leaves compliance', 'src/retention_trigger.c', 'regress:retention_policy',
		'if (before->rule->class.compliance && !after->rule->class.compliance)', 'if (false)' ],
	[ 'retention: a row leaves its class for none', 'src/retention_trigger.c', 'regress:retention_policy',
		'	if (after->rule == NULL)
		return false;', '	if (after->rule == NULL)
		return true;' ],
	[ 'retention: later triggers undo a move', 'src/retention_move.c', 'regress:retention_policy',
		'	if (has_later_trigger(trigdata) ||', '	if ((has_later_trigger(trigdata) && false) ||' ],
	[ 'retention: a partition changes what moves to it', 'src/retention_move.c', 'regress:retention_policy',
		'		inserts.faithful = inserts.faithful && inserts_faithfully(rel);', '		(void) inserts_faithfully(rel);' ],
	[ 'retention: disabled triggers change what moves', 'src/retention_move.c', 'regress:retention_policy',
		'			trigger->tgenabled != TRIGGER_DISABLED)', '			true)' ],
	[ 'retention: rows move away from their policy', 'src/retention_policy.c', 'regress:retention_policy',
		'	policy->root_part = load_condition(root, rel);', '	policy->root_part = NULL;' ],
	[ 'retention: conditions of a root in its own numbers', 'src/retention_policy.c', 'regress:retention_policy',
		'	if (part != rel)
', '	if (false)
' ],
	[ 'retention: a table is judged with its partitions', 'src/guard_retained.c', 'regress:retention_ddl',
		'	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
	{
		check', '	if (true)
	{
		check' ],
	[ 'retention: an update in place is a move', 'src/retention_trigger.c', 'regress:retention_policy',
		'	if (soc2_retention_in_part(policy, trigdata->tg_newslot))
		return;', '' ],
	[ 'retention: protected columns are not', 'src/retention_trigger.c', 'regress:retention_policy',
		'for (int i = 0; i < rule->nprotected; i++)', 'for (int i = 1; i < rule->nprotected; i++)' ],
	[ 'retention: compliance is bypassed', 'src/retention_trigger.c', 'regress:retention_policy',
		'if (rule->class.compliance || soc2_bypass_reason() == NULL)', 'if (soc2_bypass_reason() == NULL)' ],
	[ 'retention: a class may be shortened', 'src/retention_class.c', 'regress:retention_policy',
		'tables = soc2_retention_class_covers(&new, &old) ? NIL :', 'tables = true ? NIL :' ],
	[ 'retention: an assignment before the others', 'src/retention_define.c', 'regress:retention_policy',
		'	if (covers_rule(new, rule))
		return;', '	return;' ],
	[ 'retention: a lock binds nobody', 'src/retention_define.c', 'regress:retention_policy',
		'else if (soc2_retention_is_locked(relid))', 'else if (false)' ],
	[ 'bypass: any setting', 'src/retention_bypass.c', 'regress:retention_policy',
		"bypass_setting[0] == '\\0' || !is_local()", "bypass_setting[0] == '\\0'" ],
	[ 'bypass: superusers need no role', 'src/retention_bypass.c', 'regress:retention_policy',
		'!is_member_of_role_nosuper(GetOuterUserId(), role)', '!is_member_of_role(GetOuterUserId(), role)' ],
	[ 'bypass: functions with rights of their owner', 'src/retention_bypass.c', 'regress:retention_policy',
		'is_member_of_role_nosuper(GetOuterUserId(), role)', 'is_member_of_role_nosuper(GetUserId(), role)' ],
	[ 'bypass: a rolled back record counts', 'src/retention_bypass.c', 'regress:retention_policy',
		'else if (event == SUBXACT_EVENT_ABORT_SUB)', 'else if (false)' ],
	[ 'bypass: replicas too', 'src/retention_bypass.c', 'regress:retention_policy',
		'if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)', 'if (false)' ],
	[ 'guard: tables with retained rows can be dropped', 'src/guard_retained.c', 'regress:retention_ddl',
		'	check_retained(relid, "drop");
}

/* A table is being truncated', '}

/* A table is being truncated' ],
	[ 'guard: a savepoint leaves a table judged', 'src/guard_event.c', 'regress:retention_ddl',
		'	soc2_guard_begin_command(false, false);
	if (drops', '	if (drops' ],
	[ 'guard: triggers of policies can be weakened', 'src/guard_trigger.c', 'regress:retention_ddl',
		'rows = soc2_guard_has_trigger(old);', 'rows = false;' ],
	[ 'guard: USING overwrites retained rows', 'src/guard_retained.c', 'regress:retention_ddl',
		'check_retained(relid, "alter");', '(void) relid;' ],
	[ 'preload: catalogs can be written', 'src/guard_preload.c', 'tap:021',
		'		if ((info->requiredPerms & WRITE_PRIVILEGES) != 0 &&', '		if (false &&' ],
	[ 'preload: event triggers decide', 'src/guard.c', 'tap:021',
		'if (going || soc2_guard_is_preloaded())', 'if (going)' ],
	[ 'preload: any database can be dropped', 'src/guard_preload.c', 'tap:021',
		'if (found == JUDGEMENT_GUARDED)', 'if (false)' ],
	[ 'retire: one person', 'src/guard_retire.c', 'tap:021',
		'strcmp(soc2_person_of(last.person), soc2_person_of(person)) == 0)', 'false)' ],
	[ 'retire: a request is enough', 'src/guard_retire.c', 'tap:021',
		'return last.at != DT_NOBEGIN && last.approval;', 'return last.at != DT_NOBEGIN;' ],
	[ 'partitions: detached without a policy', 'src/guard_event.c', 'regress:retention_policy',
		'soc2_retention_follow(item->relid, item->object);', '(void) item->object;' ],
	[ 'retention: one microsecond early', 'src/core/retention.c', 'unit:retention',
		'term.kind == SOC2_TERM_DATED && term.until <= now', 'term.kind == SOC2_TERM_DATED && term.until <= now + 1' ],
	[ 'retention: a date can be taken back', 'src/core/retention.c', 'unit:retention',
		'	if (after.kind == SOC2_TERM_PENDING)
		return false;', '	if (after.kind == SOC2_TERM_PENDING)
		return true;' ],
	[ 'retention: subscribers refuse', 'src/retention_trigger.c', 'tap:020',
		'bool		replicating = soc2_subscription_passes(trigdata->tg_relation);', 'bool		replicating = false && soc2_subscription_passes(trigdata->tg_relation);' ],

	# holds, subjects and erasures
	[ 'hold: by the snapshot of the transaction', 'src/hold_lookup.c', 'isolation:hold',
		'							  true, NULL, 1, &scankey);', '							  true, GetTransactionSnapshot(), 1, &scankey);' ],
	[ 'hold: never read again', 'src/hold_lookup.c', 'regress:hold',
		'CacheRegisterRelcacheCallback(forget_holds, (Datum) 0);', '(void) forget_holds;' ],
	[ 'hold: no grace', 'src/hold_lookup.c', 'regress:hold',
		'return hold->ends_at > GetCurrentTransactionStartTimestamp();',
		'return hold->ends_at == DT_NOEND && GetCurrentTransactionStartTimestamp() > 0;' ],
	[ 'hold: no end', 'src/hold_lookup.c', 'regress:hold',
		'	if (end <= GetCurrentTransactionStartTimestamp())
		return;', '',
		'return hold->ends_at > GetCurrentTransactionStartTimestamp();',
		'return hold->ends_at > 0;' ],
	[ 'hold: values of held rows can change', 'src/hold_trigger.c', 'regress:hold',
		'		if (!att->attisdropped && !soc2_is_same_value(', '		if (false && !soc2_is_same_value(' ],
	[ 'hold: predicates in the settings of the session', 'src/predicate.c', 'regress:hold',
		'	int			level = soc2_ledger_pin();
	Expr	   *expression;', '	int			level = NewGUCNestLevel();
	Expr	   *expression;',
		'#include "utils/memutils.h"', '#include "utils/guc.h"
#include "utils/memutils.h"' ],
	[ 'hold: retention comes first', 'src/retention_trigger.c', 'regress:hold',
		'	soc2_hold_check_delete(trigdata);
', '' ],
	[ 'hold: partitions that leave are free', 'src/hold_partition.c', 'regress:hold',
		'			keep_holds(child, parent);', '			(void) keep_holds;' ],
	[ 'hold: partitions that come can be truncated', 'src/hold_partition.c', 'regress:hold',
		'		soc2_hold_guard_table(child);', '		(void) child;' ],
	[ 'hold: columns are written anew', 'src/hold_partition.c', 'regress:hold',
		'	hold = soc2_hold_on_any_row(rel);', '	hold = NULL;' ],
	[ 'hold: records can be changed', 'src/hold_trigger.c', 'regress:hold',
		'	if (!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))', '	if (false)' ],
	[ 'hold: subscribers refuse', 'src/hold_trigger.c', 'tap:021_hold',
		'	if (soc2_subscription_passes(trigdata->tg_relation))', '	if (false && soc2_subscription_passes(trigdata->tg_relation))' ],
	[ 'hold: partitions that are being detached are free', 'src/relation.c', 'isolation:retention_hold_detach',
		'	if (HeapTupleIsValid(tuple))
		parent =', '	if (HeapTupleIsValid(tuple) && !((Form_pg_inherits) GETSTRUCT(tuple))->inhdetachpending)
		parent =' ],
	[ 'subject: edges keep the old name of a column', 'src/subject_column.c', 'regress:subject',
		'	soc2_execute_as_owner(edges, &update, NULL);', '	(void) edges;' ],
	[ 'subject: held columns get other names', 'src/subject_column.c', 'regress:subject',
		'	return select.rows > 0;', '	return false;' ],
	[ 'subject: a column that is led by can go', 'src/hold_partition.c', 'regress:subject',
		'	soc2_subject_check_columns(relid);', '' ],
	[ 'guard: attempts of a database that is gone stay', 'src/guard_worker.c', 'tap:021_enforcement',
		'		if (list_member_oid(databases, attempt.database))', '		if (true || list_member_oid(databases, attempt.database))' ],
	[ 'subject: one table away only', 'src/subject_hold.c', 'regress:subject',
		'		if (hold == NULL && edge->plan)', '		if (false && edge->plan)' ],
	[ 'subject: found as who deletes', 'src/subject_hold.c', 'regress:subject',
		'	SetUserIdAndSecContext(holds->rd_rel->relowner,', '	SetUserIdAndSecContext(user,' ],
	[ 'subject: holds that came later', 'src/subject_hold.c', 'regress:subject',
		'	else
		read_subjects(holds);', '' ],
	[ 'subject: partitions that leave are free', 'src/hold_partition.c', 'regress:subject',
		'		keep_edges(child, parent);', '		(void) keep_edges;' ],
	[ 'disposal: frozen rows are old', 'src/disposal_range.c', 'regress:disposal',
		'HeapTupleHeaderGetRawXmin', 'HeapTupleHeaderGetXmin' ],
	[ 'disposal: rows written since the plan', 'src/disposal_range.c', 'regress:disposal',
		'	if (!is_old(range, tuple))', '	if (false && !is_old(range, tuple))' ],
	[ 'disposal: held rows', 'src/disposal_range.c', 'regress:disposal',
		'	if (soc2_hold_on_row(range->rel, slot) != NULL)', '	if (false)' ],
	[ 'disposal: rows that are retained', 'src/disposal_range.c', 'regress:disposal',
		'	if (kept || rule == NULL ||', '	if ((kept && rule == NULL) || rule == NULL ||' ],
	[ 'disposal: partitions with rows that are not of the plan', 'src/disposal_run.c', 'regress:disposal',
		'range.counts.held + range.counts.changed + range.counts.others > 0)', 'false)' ],
	[ 'disposal: blocks before the last row', 'src/disposal_range.c', 'regress:disposal',
		'	counts->past_taken = Max(counts->past_taken, block + 1);', '	counts->past_taken = Max(counts->past_taken, block);' ],
	[ 'disposal: cascades of the DELETE are its doing', 'src/disposal_range.c', 'regress:disposal',
		'trigger_depth() != acting_depth ||', 'trigger_depth() < 0 ||' ],
	[ 'disposal: with the rights of its own', 'src/disposal_range.c', 'regress:disposal',
		'SetUserIdAndSecContext(range->rel->rd_rel->relowner,', 'SetUserIdAndSecContext(*user,' ],
	[ 'delete: triggers of others are passed by', 'src/disposal_delete.c', 'regress:disposal',
		'has_other_trigger(rel, 0, 0) || rel->rd_rules != NULL', 'rel->rd_rules != NULL' ],
	[ 'delete: rules are passed by', 'src/disposal_delete.c', 'regress:disposal',
		'has_other_trigger(rel, 0, 0) || rel->rd_rules != NULL', 'has_other_trigger(rel, 0, 0)' ],
	[ 'delete: without an identity of rows', 'src/disposal_delete.c', 'regress:disposal',
		'	CheckCmdReplicaIdentity(range->rel, CMD_DELETE);', '' ],
	[ 'delete: a changed row is counted as deleted', 'src/disposal_delete.c', 'isolation:delete',
		'			count_changed(range, &tuple->t_self);', '			count_changed(range, &tuple->t_self);
			soc2_range_count(range, verdict, slot, tuple);' ],
	[ 'delete: one snapshot goes on', 'src/disposal_delete.c', 'isolation:delete',
		'			if (IsolationUsesXactSnapshot())
				refuse_concurrent(range->rel, "update");', '' ],
	[ 'delete: gone rows of one snapshot', 'src/disposal_delete.c', 'isolation:delete',
		'			if (IsolationUsesXactSnapshot())
				refuse_concurrent(range->rel, "delete");', '' ],
	[ 'bounds: later anchors never end earlier', 'src/core/retention.c', 'unit regress:disposal',
		'first_kept(period, 0, now)', 'first_kept(period, SOC2_USECS_PER_DAY / 2, now)' ],
	[ 'bounds: whole days are due', 'src/core/retention.c', 'unit regress:disposal',
		'first_kept(period, SOC2_USECS_PER_DAY - 1, now)', 'first_kept(period, 0, now)' ],
	[ 'bounds: of another time', 'src/retention_rows.c', 'regress:disposal',
		'	if (rule->asked_at != at)', '	if (rule->asked_at == 0)' ],
	[ 'disposal: one approval is enough', 'sql/63_disposal.sql', 'regress:disposal',
		'WHEN approved OPERATOR(pg_catalog.>=) (plan).approvals', 'WHEN approved OPERATOR(pg_catalog.>=) 1' ],
	[ 'disposal: one person approves twice', 'sql/63_disposal.sql', 'regress:disposal',
		'WHERE a.plan_id = plan AND a.approved_session = SESSION_USER) THEN', 'WHERE false) THEN' ],
	[ 'disposal: of another cluster', 'sql/63_disposal.sql', 'regress:disposal',
		'IF plan.system_identifier <> (SELECT c.system_identifier FROM pg_control_system() AS c) THEN', 'IF false THEN' ],
	[ 'disposal: by another policy', 'sql/63_disposal.sql', 'regress:disposal',
		'ELSIF COALESCE(soc2.disposal_policy(plan.relation), \'[]\') <> plan.policy THEN', 'ELSIF false THEN' ],
	[ 'disposal: who ran it validates it', 'sql/64_validation.sql', 'regress:disposal',
		'        UNION SELECT b.executed_session FROM soc2.disposal_batches AS b WHERE b.plan_id = plan
', '' ],
	[ 'disposal: who planned it validates it', 'sql/64_validation.sql', 'regress:disposal',
		"        SELECT done.requested_session
        UNION SELECT", "        SELECT" ],
	[ 'disposal: standbys fall behind', 'sql/63_disposal.sql', 'tap:022_disposal_standby',
		'    IF soc2.standby_lag() > max_lag THEN', '    IF false THEN' ],
	[ 'disposal: the first day of a policy', 'sql/63_disposal.sql', 'regress:disposal',
		'        PERFORM soc2.require_adopted(running);
', '' ],
	[ 'disposal: anybody shortens the first day', 'src/soc2.c', 'regress:disposal',
		'							SOC2_DISPOSAL_DELAY_DEFAULT, 0, INT_MAX,
							PGC_SUSET,', '							SOC2_DISPOSAL_DELAY_DEFAULT, 0, INT_MAX,
							PGC_USERSET,' ],
	[ 'disposal: plans after a restore', 'sql/63_disposal.sql', 'regress:disposal tap:022_disposal_standby',
		'    PERFORM soc2.require_known_cluster();
    IF approvals', '    IF approvals' ],
	[ 'disposal: runs after a restore', 'sql/63_disposal.sql', 'regress:disposal tap:022_disposal_standby',
		'        PERFORM soc2.require_known_cluster();
        PERFORM soc2.require_adopted', '        PERFORM soc2.require_adopted' ],
	[ 'anonymization: rows that are done are due again', 'src/disposal_range.c', 'regress:anonymization',
		'		soc2_anonymizer_is_done(range->anonymizer, slot);', '		false;' ],
	[ 'anonymization: rows that are to be deleted', 'src/disposal_range.c', 'regress:anonymization',
		'if (rule->class.anonymize != (range->anonymizer != NULL))', 'if (rule->class.anonymize && range->anonymizer == NULL)' ],
	[ 'anonymization: triggers change other columns', 'src/anonymization_range.c', 'regress:anonymization',
		'if (stray != InvalidAttrNumber)', 'if (stray < InvalidAttrNumber)' ],
	[ 'anonymization: triggers give columns other values', 'src/anonymization_range.c', 'regress:anonymization',
		'if (!soc2_anonymizer_is_done(range->anonymizer, trigdata->tg_newslot))', 'if (false)' ],
	[ 'anonymization: triggers keep rows', 'src/anonymization_range.c', 'regress:anonymization',
		'return count_places(soc2_range_places(&look)) > 0;', '(void) look;
	return false;' ],
	[ 'anonymization: whatever looks like a pseudonym', 'src/pseudonym.c', 'regress:anonymization',
		'return memcmp(tag, form.bytes + HASH_LEN, TAG_LEN) == 0;', 'return true;' ],
	[ 'anonymization: retained rows are erased', 'sql/63_erasure.sql', 'regress:anonymization',
		'IF anonymizes THEN', 'IF false THEN' ],
	[ 'anonymization: columns that keep rows apart', 'sql/62_anonymization.sql', 'regress:anonymization',
		'WHERE (i.indisunique OR i.indisexclusion)', 'WHERE i.indisexclusion' ],
	[ 'anonymization: columns of a predicate', 'sql/62_anonymization.sql', 'regress:anonymization',
		'OR soc2.depends_on_column(t.tgqual, c.attnum)', '' ],
	[ 'anonymization: what follows from a column', 'sql/62_anonymization.sql', 'regress:anonymization',
		'OR soc2.depends_on_column(d.adbin, a.attnum)', '' ],
	[ 'anonymization: proof by other rules', 'sql/63_disposal.sql', 'regress:anonymization',
		'AND CASE WHEN same_rules THEN true END;', 'AND (same_rules OR true);' ],
	[ 'anonymization: values left in TOAST tables', 'src/disposal_run.c', 'tap:024_anonymization',
		'if (OidIsValid(rel->rd_rel->reltoastrelid))', 'if (false)' ],
	[ 'disposal: another policy between batches', 'sql/63_disposal.sql', 'regress:disposal',
		'        PERFORM soc2.require_same_disposal(running);
        PERFORM soc2.require_known', '        PERFORM soc2.require_known' ],
	[ 'disposal: another policy while a batch waits', 'sql/63_disposal.sql', 'isolation:retention_writers_policy',
		'        -- it may have waited for somebody who changed the policy
        PERFORM soc2.require_same_disposal(running);
', '' ],
	[ 'evidence: guards without a class are in the way', 'src/retention_policy.c', 'tap:022_evidence',
		'	if (rows == NIL && soc2_relation_is_own_ledger(policy->relid))', '	if (false)' ],
	[ 'evidence: a retention that a dump does not keep', 'src/retention_define.c', 'tap:022_evidence',
		'new->ordinal != 1 || new->predicate != NULL ||', 'new->ordinal != 1 ||' ],
	[ 'evidence: guards that are off', 'src/retention_define.c', 'tap:022_evidence',
		'	else if (!soc2_retention_is_guarded(new->rel))', '	else if (false)' ],
	[ 'evidence: rows that say nothing stay', 'src/disposal_ledger.c', 'tap:022_evidence',
		'	if (isnull)
		return true;', '' ],
	[ 'ledger: rows judged as if they were in the ledger itself', 'src/disposal_ledger.c', 'regress:ledger_disposal',
		'	range->rel = soc2_ledger_scan_where_stored(scan, &stored);', '	(void) soc2_ledger_scan_where_stored(scan, &stored);' ],
	[ 'ledger: what a plan left counted for each partition', 'sql/63_disposal.sql', 'regress:ledger_disposal',
		'soc2.lanes_left(done) AS l WHERE NOT looked;', 'soc2.lanes_left(done) AS l;' ],
	[ 'anonymization: a retention that depends on a rule', 'src/retention_define.c', 'regress:anonymization',
		'	if (!own)
		soc2_anonymization_check_retention(RelationGetRelid(new->rel));
	else if', '	if (own &&', "(!soc2_retention_is_guarded(new->rel))\n\t\tereport", "!soc2_retention_is_guarded(new->rel))\n\t\tereport" ],
	[ 'anonymization: a partition that leaves loses its rules', 'src/retention_part.c', 'regress:anonymization',
		'			soc2_anonymization_follow(child, parent);', '			(void) child;' ],
	[ 'anonymization: a row that is held since', 'src/anonymization_range.c', 'regress:anonymization',
		'	if (!soc2_range_judge(range, trigdata->tg_trigslot,', '	if (false && !soc2_range_judge(range, trigdata->tg_trigslot,' ],
	[ 'anonymization: a serialization failure ends the run', 'sql/63_disposal.sql', 'isolation:retention_writers_anonymization regress:anonymization',
		' OR serialization_failure THEN', ' THEN' ],
	[ 'hold: a partition that is being detached is passed over', 'src/relation.c', 'isolation:retention_hold_detach_late',
		'																			false, lockmode,', '																			true, lockmode,' ],
	[ 'reapply: all that is due', 'src/disposal_range.c', 'regress:reapply',
		'(range->only != NULL && !soc2_disposal_lists_have(range->only, slot))', 'false' ],
	[ 'reapply: rows that are held', 'src/disposal_list.c', 'regress:reapply',
		'	if (soc2_hold_on_row(judge->rel, slot) != NULL)', '	if (false)' ],
	[ 'reapply: rows that were anonymized and stayed so', 'src/disposal_list.c', 'tap:023_reapply',
		'	if (anonymized && judge->anonymizer != NULL &&', '	if (false && judge->anonymizer != NULL &&' ],
	[ 'reapply: deletes what was anonymized', 'src/disposal_list.c', 'tap:023_reapply',
		'	else if (rule->class.anonymize != anonymized)', '	else if (false)' ],
	[ 'reapply: a plan to anonymize deletes what is due', 'sql/63_disposal.sql', 'tap:023_reapply',
		"                     FILTER (WHERE r.method OPERATOR(pg_catalog.=) wanted), '{}') END,
        CASE", "                     FILTER (WHERE r.method OPERATOR(pg_catalog.=) wanted), NULL) END,
        CASE" ],
	[ 'reapply: keys that others name', 'sql/65_reapply.sql', 'regress:shred',
		"(l.item OPERATOR(pg_catalog.->) 'shred' OPERATOR(pg_catalog.->>) 'seal'), false) AS known", "(l.item OPERATOR(pg_catalog.->) 'shred' OPERATOR(pg_catalog.->>) 'seal'), false) OR true AS known" ],
	[ 'reapply: hashes that are not sorted', 'src/disposal_list.c', 'regress:reapply',
		'		if (compare_hashes(hash - SOC2_KEY_HASH_STORED, hash) > 0)', '		if (false && compare_hashes(hash - SOC2_KEY_HASH_STORED, hash) > 0)' ],
	[ 'reapply: verifies other rows', 'sql/63_disposal.sql', 'regress:reapply',
		'soc2.disposal_condition(target.relation), false,
                lists.keys, lists.hashes);', 'soc2.disposal_condition(target.relation), false,
                NULL, NULL);' ],
	[ 'reapply: another primary key', 'sql/65_reapply.sql', 'regress:reapply',
		'(k.columns, k.types) = (key_columns, key_types)', 'k.columns IS NOT NULL' ],
	[ 'clearance: a backup that is still there', 'sql/64_clearance.sql', 'regress:reapply',
		' AND used = 0;', ';' ],
	[ 'shred: who destroys does not wait', 'src/shred_key.c', 'isolation:shred',
		'	(void) LockAcquire(&tag, mode, false, false);', '	(void) LockAcquire(&tag, ShareLock, false, false);' ],
	[ 'shred: keys by the snapshot of the transaction', 'src/shred_row.c', 'isolation:shred',
		'	PushActiveSnapshot(GetLatestSnapshot());', '	PushActiveSnapshot(GetTransactionSnapshot());' ],
	[ 'shred: holds that are being placed', 'sql/64_shred.sql', 'isolation:shred',
		"        EXECUTE format('LOCK TABLE %s IN ROW EXCLUSIVE MODE', soc2.table_name(relation));", '        NULL;',
		'    LOCK TABLE soc2.holds IN ROW EXCLUSIVE MODE;
', '' ],
	[ 'shred: in a transaction with an old snapshot', 'sql/64_shred.sql', 'regress:shred',
		"    IF current_setting('transaction_isolation') <> 'read committed' THEN", '    IF false THEN' ],
	[ 'shred: subjects on hold', 'sql/64_shred.sql', 'regress:shred',
		"    WHERE h.subject = shred_problem.subject AND NOT EXISTS (", '    WHERE false AND NOT EXISTS (' ],
	[ 'shred: rows on hold', 'sql/64_shred.sql', 'regress:shred',
		'COALESCE(bool_or(soc2.is_held(t.tableoid, t.ctid)), false)', 'false' ],
	[ 'shred: rows that need the key', 'sql/64_shred.sql', 'regress:shred',
		'COALESCE(bool_or((%s) AND soc2.is_kept(t.tableoid, t.ctid)), false)', 'COALESCE(bool_or((%s) AND false), false)' ],
	[ 'shred: rows that do not need the key', 'sql/64_shred.sql', 'regress:shred',
		'COALESCE(bool_or((%s) AND soc2.is_kept', 'COALESCE(bool_or((%s OR true) AND soc2.is_kept' ],
	[ 'shred: a subject gets another key silently', 'sql/64_shred.sql', 'regress:shred',
		'    IF again IS NOT TRUE AND EXISTS (', '    IF false AND EXISTS (' ],
	[ 'shred: keys that a restore brought back open', 'src/shred_row.c', 'regress:shred',
		'" AND NOT EXISTS (SELECT FROM soc2.shreds AS s"
" WHERE s.key_id OPERATOR(pg_catalog.=) k.key_id)"', '""' ],
	[ 'shred: lists that somebody else wrote', 'sql/64_shred.sql', 'regress:shred tap:023_shred',
		"soc2.shred_seal(element) IS DISTINCT FROM element ->> 'seal'", 'false' ],
	[ 'shred: keys can be deleted', 'src/shred_destroy.c', 'regress:shred',
		'	if (!is_current(trigdata) && !IsLogicalWorker())', '	if (false && !is_current(trigdata))' ],
	[ 'shred: their guard can be taken away', 'src/guard_retained.c', 'regress:shred',
		'"retirements",
	"subject_keys", "shreds", "shred_secrets"', '"retirements"' ],
	[ 'shred: open after the transaction', 'src/shred_key.c', 'regress:shred',
		'		forget_of(InvalidSubTransactionId);', '		(void) forget_of;' ],
	[ 'shred: open after the subtransaction', 'src/shred_key.c', 'regress:shred',
		'	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_of(subid);
	else if', '	if' ],
	[ 'shred: open after it was destroyed', 'src/shred_destroy.c', 'regress:shred',
		'	soc2_data_key_forget(id);', '	(void) soc2_data_key_forget;' ],
	[ 'shred: keys stay in memory', 'src/shred_key.c', 'tap:023_shred',
		'	explicit_bzero(key->bytes, sizeof(key->bytes));', '	(void) key;' ],
	[ 'shred: any key of 32 bytes opens', 'src/shred_open.c', 'regress:shred',
		'	if (memcmp(check, row->check, sizeof(check)) == 0)', '	if (check[0] >= 0)' ],
	[ 'shred: values are not bound to subjects', 'src/shred_crypto.c', 'regress:shred',
		'						 (int) strlen(key->subject)) == 1;', '						 0) == 1;' ],
	[ 'shred: values are not bound to their head', 'src/shred_crypto.c', 'regress:shred',
		'EVP_CipherUpdate(context, NULL, &len, head, SOC2_SEALED_HEAD) == 1', 'true' ],
	[ 'shred: tags are not compared', 'src/shred_crypto.c', 'regress:shred',
		'		EVP_CipherUpdate(context, out, &written, in, (int) len) == 1 &&
		EVP_CipherFinal_ex(context, out + written, &rest) == 1;', '		EVP_CipherUpdate(context, out, &written, in, (int) len) == 1 &&
		EVP_CipherFinal_ex(context, out + written, &rest) >= 0;' ],
	[ 'shred: functions of anybody get keys', 'src/shred_wrap.c', 'regress:shred',
		'	if (strcmp(GetUserNameFromId(owner, false), wrapper->owner) != 0)', '	if (false)' ],
	[ 'shred: functions run as who calls', 'src/shred_wrap.c', 'regress:shred',
		'	SetUserIdAndSecContext(owner, context |', '	SetUserIdAndSecContext(user, context |' ],
	[ 'shred: functions without a search path', 'src/shred_wrap.c', 'regress:shred',
		'	if (!pins_search_path(tuple))', '	if (false && !pins_search_path(tuple))' ],
	[ 'shred: keys that were not wrapped', 'src/shred_wrap.c', 'regress:shred',
		'	if (VARSIZE_ANY_EXHDR(wrapped) >= SOC2_DATA_KEY_SIZE &&
		memmem(VARDATA_ANY(wrapped), VARSIZE_ANY_EXHDR(wrapped), key,
			   SOC2_DATA_KEY_SIZE) == NULL)', '	if (wrapped != NULL)' ],
	[ 'shred: wrapping keys in use are called destroyed', 'sql/64_shred.sql', 'regress:shred',
		'                   AND k.wrapping_version = record_wrapping_key_destruction.version) THEN', '                   AND false) THEN' ],
	[ 'shred: erasures cut readable rows off', 'sql/63_erasure.sql', 'regress:shred',
		"e.on_erase IN ('delete', 'shred')
", "e.on_erase = 'delete'
" ],
	[ 'shred: an erasure is done though the key is there', 'sql/63_erasure.sql', 'regress:shred',
		'guarded,readable,remembered}', 'guarded,remembered}' ],
	[ 'shred: purge without a receipt', 'sql/64_shred.sql', 'regress:shred',
		"            'met', NOT jsonb_path_exists(keys, '\$[*] ? (\@.receipt == null && \@.wrapping_key_receipt == null)')),", "            'met', true)," ],
	[ 'ledger disposal: rows behind one that stays', 'src/disposal_ledger.c', 'regress:ledger_disposal',
		'							   ExecFetchSlotHeapTuple(stored, false, NULL)))
		walk->closed = true;', '							   ExecFetchSlotHeapTuple(stored, false, NULL)))
		walk->closed |= false;' ],
	[ 'ledger disposal: rows that were not sealed', 'src/disposal_ledger.c', 'regress:ledger_disposal',
		'	if (seq > walk->through || !expired)', '	if (!expired)' ],
	[ 'ledger disposal: rows that are needed still', 'src/disposal_ledger.c', 'regress:ledger_disposal',
		'	bool		expired = has_expired(walk, row);', '	bool		expired = true || has_expired(walk, row);' ],
	[ 'ledger disposal: the last row of a lane', 'sql/65_ledger_disposal.sql', 'regress:ledger_disposal',
		'least(h.seq - 1, (', 'least(h.seq, (' ],
	[ 'erasure: foreign keys that nobody spoke of', 'sql/63_erasure.sql', 'regress:subject',
		'    IF missing IS NOT NULL THEN', '    IF false THEN' ],
	[ 'erasure: as who runs it', 'src/erasure.c', 'regress:subject',
		'soc2_execute_as_owner(PG_GETARG_OID(0), ', 'soc2_execute_as_owner(soc2_table_oid("erasures"), ' ],
	[ 'erasure: parents of withheld rows', 'sql/63_erasure.sql', 'regress:subject',
		"IF item.blockers <> '' THEN", 'IF false THEN' ],
	[ 'erasure: rows that a trigger kept', 'sql/63_erasure.sql', 'regress:subject',
		'statement, tid) END) = 0 THEN', 'statement, tid) END) < 0 THEN' ],
	[ 'erasure: the preview stays', 'sql/63_erasure.sql', 'regress:subject',
		"        RAISE EXCEPTION USING ERRCODE = 'S2000', MESSAGE = 'the preview is taken back';
", '' ],

	# checks
	[ 'assess: may write', 'src/check_sandbox.c', 'regress:check',
		'XactReadOnly = true;', '(void) XactReadOnly;' ],
	[ 'assess: its subtransaction stays', 'src/check_execute.c', 'regress:check',
		'soc2_subtransaction_rollback(&subtransaction);', 'soc2_subtransaction_commit(&subtransaction);' ],
	[ 'assess: a refusal that was caught does not count', 'src/check_execute.c', 'regress:check_sandbox',
		'else if (error == NULL && sandbox.refused != NULL)', 'else if (false && sandbox.refused != NULL)' ],
	[ 'assess: a write that was caught does not count', 'src/check_sandbox.c', 'regress:check_sandbox',
		'		case ERRCODE_READ_ONLY_SQL_TRANSACTION:
', '' ],
	[ 'assess: a role that was refused does not count', 'src/check_sandbox.c', 'regress:check_sandbox',
		'		case ERRCODE_INSUFFICIENT_PRIVILEGE:
', '' ],
	[ 'assess: the last refusal counts', 'src/check_sandbox.c', 'regress:check_sandbox',
		'if (sandbox->refused != NULL || !is_refusal(', 'if (!is_refusal(' ],
	[ 'assess: findings stay open where nothing fails', 'sql/55_judgement.sql', 'regress:judgement',
		'IF EXISTS (SELECT FROM soc2.findings AS f
               WHERE f.check_id = run.check_id AND f.state = \'open\') THEN', 'IF run.outcome = \'fail\' THEN' ],
	[ 'assess: anybody may record as the runner', 'src/evidence.c', 'regress:check',
		'(is_check ? soc2_check_run_is_recorded() : OidIsValid(actor)))', '(is_check || OidIsValid(actor)))' ],
	[ 'readiness: what is out of date is green', 'sql/80_views.sql', 'regress:views',
		'WHEN stale OPERATOR(pg_catalog.>) 0 OR expired THEN', 'WHEN false THEN' ],
	[ 'readiness: an open finding is no failure', 'sql/80_views.sql', 'regress:views',
		'OR open_findings OPERATOR(pg_catalog.>) 0', '' ],
	[ 'readiness: who has not attested is not asked', 'sql/80_views.sql', 'regress:views',
		'        WHEN attestations_due OPERATOR(pg_catalog.>) 0 THEN \'manual_due\'
', '' ],
	[ 'attestation: the last one recorded counts', 'sql/80_views.sql', 'regress:views',
		'ORDER BY pg_catalog.upper(e.effective) DESC NULLS LAST, e.recorded_at DESC', 'ORDER BY e.recorded_at DESC' ],
	[ 'disposal: a table that was never counted has nothing overdue', 'sql/82_retention_views.sql', 'regress:views',
		'WHERE r.counted_at IS NULL OR r.state', 'WHERE r.state' ],
	[ 'days: counted again', 'sql/79_evidence_days.sql', 'regress:bi isolation:refresh_days',
		'ON CONFLICT (lane) DO UPDATE SET seq = excluded.seq)', 'ON CONFLICT (lane) DO NOTHING)' ],
	[ 'days: what is not counted is left out', 'sql/79_evidence_days.sql', 'regress:bi',
		'FROM soc2.evidence_behind() AS x) AS b', 'FROM soc2.evidence_behind(false) AS x) AS b' ],
	[ 'days: two count at a time', 'sql/79_evidence_days.sql', 'isolation:refresh_days',
		'    LOCK TABLE soc2.evidence_marks IN SHARE ROW EXCLUSIVE MODE;
', '' ],
	[ 'days: failures changed by hand are not seen', 'sql/79_evidence_days.sql', 'regress:bi',
		'
        OR s.found = s.kept AND s.kept_failures <> s.found_failures', '' ],
	[ 'days: what did not run passes', 'sql/86_bi.sql', 'regress:bi',
		'ELSE \'not_run\'', 'ELSE \'pass\'' ],
	[ 'check: late before it was ever due', 'sql/checks/self.sql', 'tap:031_checks',
		's.since + c.frequency <= now()', 'true' ],
	[ 'check: what was said long ago still counts', 'sql/checks/cfg.sql', 'tap:031_checks',
		's.set_at >= now() - ($1 ->> \'set_within\')::interval', 's.set_at IS NOT NULL' ],
	[ 'check: a way out needs no approved change', 'sql/checks/conf.sql', 'tap:031_checks',
		'SELECT w.resource, c.change_id IS NOT NULL,', 'SELECT w.resource, true,' ],
	[ 'control: names a check that is not there', 'sql/control/authentication.sql', 'regress:control',
		'(\'AUT-01\', \'auth.hba_no_trust\', true)', '(\'AUT-01\', \'auth.hba_no_thrust\', true)' ],
	[ 'assess: search_path of the session', 'src/check_sandbox.c', 'regress:check',
		'{"search_path", "pg_catalog, pg_temp"}', '{"application_name", "pg_catalog, pg_temp"}' ],
	[ 'assess: undecided is a pass', 'src/check_execute.c', 'regress:check',
		'else if (run->undecided > 0)', 'else if (false && run->undecided > 0)' ],
	[ 'label: nothing is judged', 'src/label.c', 'regress:label',
		'	if (status != SOC2_OK)
		soc2_text_error(', '	if (false)
		soc2_text_error(' ],
	[ 'label: on any relation', 'src/label.c', 'regress:label',
		'	return relkind == RELKIND_RELATION ||', '	return true || relkind == RELKIND_RELATION ||' ],
	[ 'label: public data about a person', 'src/core/label.c', 'unit',
		'		if (is_public && words[secret[i]].present)', '		if (false && is_public && words[secret[i]].present)' ],
	[ 'label: a table disposes of a value', 'src/core/label.c', 'unit',
		'[SOC2_LABEL_DISPOSE] = {"dispose", ONE_VALUE, true}', '[SOC2_LABEL_DISPOSE] = {"dispose", ONE_VALUE, false}' ],
	[ 'label: the last of two counts', 'src/core/label.c', 'unit',
		'	if (word->present)
	{', '	if (false)
	{' ],
	[ 'label: of a table above the nearest', 'sql/52_registry.sql', 'regress:label',
		'ORDER BY r.relation_oid, r.column_name, r.depth)', 'ORDER BY r.relation_oid, r.column_name, r.depth DESC)' ],
	[ 'label: children inherit it', 'sql/52_registry.sql', 'regress:label',
		'i.inhrelid AND c.relispartition),', 'i.inhrelid),' ],
	[ 'label: before soc2.classify()', 'sql/52_registry.sql', 'regress:label',
		"(3, whole.class, whole.masked, 'table')", "(6, whole.class, whole.masked, 'table')" ],
	[ 'label: less strict than its table', 'sql/52_registry.sql', 'regress:label',
		'pg_catalog.array_position(sensitivity, own_label.class)
                    OPERATOR(pg_catalog.<)', 'pg_catalog.array_position(sensitivity, own_label.class)
                    OPERATOR(pg_catalog.>)' ],
	[ 'assess: nothing is a pass', 'src/check_execute.c', 'regress:check',
		'run->outcome = SOC2_OUTCOME_NOT_OCCURRING;', 'run->outcome = SOC2_OUTCOME_PASS;' ],
	[ 'assess: an error is a pass', 'src/check_execute.c', 'regress:check',
		'SOC2_OUTCOME_INSUFFICIENT_PRIVILEGE : SOC2_OUTCOME_ERROR;', 'SOC2_OUTCOME_INSUFFICIENT_PRIVILEGE : SOC2_OUTCOME_PASS;' ],
	[ 'assess: cancelling is an outcome', 'src/check_execute.c', 'regress:check',
		'else if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)', 'else if (false && error->sqlerrcode == ERRCODE_QUERY_CANCELED)' ],
	[ 'assess: hash in the order of the query', 'src/check_population.c', 'regress:check',
		'" ORDER BY resource COLLATE \"C\"", query);', '"", query);' ]);

exit check_texts() if "@ARGV" eq '--check';
exit run_in_stage() unless $ENV{SOC2_STAGE};

# ---- inside the stage ----------------------------------------------------

main();

sub main
{
	my $only = $ENV{ONLY} // '';
	my ($passed, $failed, %green) = (0, 0);
	for my $mutation (grep { index($_->[0], $only) >= 0 } @mutations)
	{
		my ($name, $files, $suites, @changes) = @$mutation;
		my $start = time;
		my $result = red_before($suites, \%green) // judge($files, $suites, @changes);
		my $ok = $result =~ /^killed/;
		$ok ? $passed++ : $failed++;
		printf "%-58s %s, %d s\n", $name, $result, time - $start;
	}
	print "$passed passed, $failed failed\n";
	exit($failed || !$passed ? 1 : 0);
}

# A suite that fails without a mutation proves nothing: says so, or nothing.
sub red_before
{
	my ($suites, $green) = @_;
	for my $suite (split ' ', $suites)
	{
		$green->{$suite} //= run_suite($suite);
		return "SURVIVED: $suite $green->{$suite} without it" if $green->{$suite} ne 'passes';
	}
	return;
}

# The texts of files after changes, by name, or why they cannot be made
sub mutated
{
	my ($files, @changes) = @_;
	my %text = map { $_ => slurp($_) } glob $files;
	while (my ($from, $to) = splice @changes, 0, 2)
	{
		my @places = grep { index($text{$_}, $from) >= 0 } sort keys %text;
		return 'its text is not found' unless @places;
		my $at = index $text{ $places[0] }, $from;
		return 'its text is found more than once'
		  if @places > 1 || index($text{ $places[0] }, $from, $at + 1) >= 0;
		substr $text{ $places[0] }, $at, length $from, $to;
	}
	return \%text;
}

# What becomes of one mutation
sub judge
{
	my ($files, $suites, @changes) = @_;
	my $mutated = mutated($files, @changes);
	return "SURVIVED: $mutated" unless ref $mutated;
	my %text = %$mutated;
	my %kept = map { $_ => slurp($_) } keys %text;
	my $result = 'SURVIVED';
	my @changed = grep { $text{$_} ne $kept{$_} } sort keys %text;
	spew($_, $text{$_}) for @changed;
	for my $suite (split ' ', $suites)
	{
		my $outcome = run_suite($suite);
		next if $outcome eq 'passes';
		$result = $outcome eq 'does not build' ? "SURVIVED: $outcome" : "killed by $suite";
		last;
	}
	spew($_, $kept{$_}) for @changed;
	return $result;
}

# Run one suite in a stage of its own within the stage: passes, fails, or does
# not build.
sub run_suite
{
	my ($suite) = @_;
	my $stage = "$ENV{SOC2_STAGE}/m";
	remove_tree($stage);
	mkdir $_ or die "$_: $!" for $stage, "$stage/logs", "$stage/tmp";
	local @ENV{qw(SOC2_STAGE SUITES ONLY)} = ($stage, split /:/, $suite, 2);
	# what waits for a mutation waits in vain
	local @ENV{qw(PG_TEST_TIMEOUT_DEFAULT PGISOLATIONTIMEOUT)} = (60, 30);
	my $output = `timeout 600 perl test/run.pl 2>&1`;
	my $status = $?;
	# one that hangs leaves its server behind
	system 'sh', 'test/tools/server.sh', 'stop', $ENV{SUITES} if $status == 124 << 8 && -d "$stage/data";
	return 'does not build' if $output =~ /FAILED: make .* failed/;
	return $status ? 'fails' : 'passes';
}

sub slurp
{
	my ($name) = @_;
	open my $file, '<:raw', $name or die "$name: $!";
	local $/;
	return <$file>;
}

sub spew
{
	my ($name, $text) = @_;
	open my $file, '>:raw', $name or die "$name: $!";
	print $file $text;
	close $file or die "$name: $!";
}

# ---- outside the stage ---------------------------------------------------

# Name the mutations whose text has changed, without running any
sub check_texts
{
	my $failed = 0;
	for my $mutation (@mutations)
	{
		my ($name, $files, undef, @changes) = @$mutation;
		my $mutated = mutated($files, @changes);
		next if ref $mutated;
		$failed++;
		print "$name: $mutated\n";
	}
	return $failed ? 1 : 0;
}

sub run_in_stage
{
	my $test = dirname($0);
	system('sh', "$test/deps.sh", 'test') == 0 or return 1;
	return system('sh', "$test/tools/stage.sh", 'perl', 'test/mutants.pl') ? 1 : 0;
}
