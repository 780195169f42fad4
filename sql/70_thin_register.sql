/* sql/70_thin_register.sql */

--
-- Thin registers: policies, risks, vendors, assets, training, reviews by board and
-- management, and controls that are the customers' duty.  All tables have one
-- shape, and some have columns besides.
--

DO $registers$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT w.*
        FROM (VALUES
            ('policies', 'policy', 'policies',
             'policies and who answers for them; soc2.policy_versions has what they say'),
            ('risks', 'risk', 'risks',
             'risks, how they are rated and what is done about them'),
            ('vendors', 'vendor', 'vendors and business partners',
             'vendors and business partners, and what they do for the system'),
            ('assets', 'asset', 'assets',
             'assets that are no objects of the database: machines, media, places, software'),
            ('trainings', 'training', 'training',
             'training that people have to complete; soc2.training_completions has who did'),
            ('management_reviews', 'management_review', 'reviews by board and management',
             'reviews that the board and management hold'),
            ('user_entity_controls', 'user_entity_control', 'complementary user-entity controls',
             'controls that customers have to carry out for those here to suffice'))
            AS w (relation, register, title, purpose)
    LOOP
        EXECUTE pg_catalog.format($table$
            CREATE TABLE soc2.%1$I (
                %2$I text NOT NULL,
                title text NOT NULL,
                description text,
                owner text NOT NULL,
                state text NOT NULL,
                criteria soc2.criterion_set,
                opened_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
                opened_by name NOT NULL DEFAULT soc2.login_role(),
                due_at timestamptz,
                CONSTRAINT %3$I PRIMARY KEY (%2$I),
                CONSTRAINT %4$I CHECK (pg_catalog.btrim(%2$I) OPERATOR(pg_catalog.<>) ''),
                CONSTRAINT %5$I CHECK (pg_catalog.btrim(title) OPERATOR(pg_catalog.<>) ''),
                CONSTRAINT %6$I CHECK (pg_catalog.btrim(owner) OPERATOR(pg_catalog.<>) ''));
            COMMENT ON TABLE soc2.%1$I IS %8$L;
            COMMENT ON COLUMN soc2.%1$I.%2$I IS 'name of the row';
            COMMENT ON COLUMN soc2.%1$I.title IS 'one line';
            COMMENT ON COLUMN soc2.%1$I.description IS 'what it is about';
            COMMENT ON COLUMN soc2.%1$I.owner IS 'person or role that answers for it';
            COMMENT ON COLUMN soc2.%1$I.state IS 'where it stands, see soc2.register_transitions';
            COMMENT ON COLUMN soc2.%1$I.criteria IS
            'criteria that it is evidence for; NULL: those of the register';
            COMMENT ON COLUMN soc2.%1$I.opened_at IS 'since when it is in the register';
            COMMENT ON COLUMN soc2.%1$I.opened_by IS 'who put it there';
            COMMENT ON COLUMN soc2.%1$I.due_at IS
            'until when the next thing has to be done: its review, mostly; NULL: nothing has to';
            $table$,
            wanted.relation, wanted.register OPERATOR(pg_catalog.||) '_id',
            pg_catalog.format('soc2_%s_pkey', wanted.relation),
            pg_catalog.format('soc2_%s_id_check', wanted.relation),
            pg_catalog.format('soc2_%s_title_check', wanted.relation),
            pg_catalog.format('soc2_%s_owner_check', wanted.relation),
            wanted.title, wanted.purpose);
        INSERT INTO soc2.registers (register, relation, title, criteria, key_columns,
            title_column, owner_column, state_column, opened_column, due_column)
        SELECT wanted.register, pg_catalog.format('soc2.%I', wanted.relation), wanted.title,
            '{}', ARRAY[wanted.register OPERATOR(pg_catalog.||) '_id'],
            'title', 'owner', 'state', 'opened_at', 'due_at';
    END LOOP;
END
$registers$;

UPDATE soc2.registers AS r
SET criteria = c.criteria
FROM (VALUES
    ('policy', '{tsc:CC1.1,tsc:CC1.3,tsc:CC2.2,tsc:CC5.2,tsc:CC5.3,tsc:PI1.1,outline:CC1.1,outline:CC1.3,outline:CC2.2,outline:CC4.2,outline:CC8.1}'::soc2.criterion_set),
    ('risk', '{tsc:CC3.1,tsc:CC3.2,tsc:CC3.3,tsc:CC3.4,tsc:CC5.1,tsc:CC9.1,outline:CC3.1,outline:CC3.2,outline:CC3.3,outline:CC3.4,outline:CC4.1,outline:CC6.3,outline:CC7.4,outline:P1.1}'),
    ('vendor', '{tsc:CC2.3,tsc:CC9.2,tsc:P6.4,tsc:P6.5,outline:CC2.3,outline:P7.1,outline:P8.1}'),
    ('asset', '{tsc:CC6.1,tsc:CC6.4,tsc:CC6.5,outline:CC6.8,outline:CC7.1,outline:CC7.3}'),
    ('training', '{tsc:CC1.1,tsc:CC1.4,tsc:CC2.2,outline:CC1.1,outline:CC1.4,outline:CC2.2}'),
    ('management_review', '{tsc:CC1.2,tsc:CC1.5,tsc:CC2.1,tsc:CC4.1,tsc:CC4.2,outline:CC1.2,outline:CC1.5,outline:CC2.1,outline:CC5.1,outline:CC5.2,outline:CC5.3,outline:P5.2,outline:P6.7}'),
    ('user_entity_control', '{tsc:CC2.3,outline:A1.1,outline:A1.2,outline:A1.3,outline:C1.1,outline:C1.2,outline:PI1.1,outline:PI1.2,outline:PI1.3,outline:PI1.4,outline:PI1.5}'))
    AS c (register, criteria)
WHERE r.register OPERATOR(pg_catalog.=) c.register;

INSERT INTO soc2.register_transitions (register, from_state, to_state, act, stamp, other_than) VALUES
('policy', NULL, 'in_force', 'open', 'opened', '{}'),
('policy', 'in_force', 'retired', 'retire', NULL, '{}'),
('risk', NULL, 'identified', 'open', 'opened', '{}'),
('risk', 'identified', 'assessed', 'assess', 'assessed', '{}'),
('risk', 'assessed', 'in_treatment', 'treat', NULL, '{}'),
('risk', 'assessed', 'accepted', 'accept', 'accepted', '{opened_by,assessed_by}'),
('risk', 'in_treatment', 'assessed', 'assess again', 'assessed', '{}'),
('risk', 'in_treatment', 'accepted', 'accept', 'accepted', '{opened_by,assessed_by}'),
('risk', 'accepted', 'assessed', 'assess again', 'assessed', '{}'),
('risk', 'identified', 'closed', 'close', NULL, '{}'),
('risk', 'in_treatment', 'closed', 'close', NULL, '{}'),
('risk', 'accepted', 'closed', 'close', NULL, '{}'),
('vendor', NULL, 'proposed', 'open', 'opened', '{}'),
('vendor', 'proposed', 'approved', 'approve', 'approved', '{opened_by}'),
('vendor', 'proposed', 'rejected', 'reject', NULL, '{}'),
('vendor', 'approved', 'suspended', 'suspend', NULL, '{}'),
('vendor', 'suspended', 'approved', 'approve again', 'approved', '{opened_by}'),
('vendor', 'approved', 'ended', 'end', NULL, '{}'),
('vendor', 'suspended', 'ended', 'end', NULL, '{}'),
('asset', NULL, 'in_use', 'open', 'opened', '{}'),
('asset', 'in_use', 'stored', 'store', NULL, '{}'),
('asset', 'stored', 'in_use', 'use again', NULL, '{}'),
('asset', 'in_use', 'lost', 'report lost', NULL, '{}'),
('asset', 'stored', 'lost', 'report lost', NULL, '{}'),
('asset', 'lost', 'stored', 'find again', NULL, '{}'),
('asset', 'in_use', 'disposed', 'dispose of', 'disposed', '{}'),
('asset', 'stored', 'disposed', 'dispose of', 'disposed', '{}'),
('training', NULL, 'required', 'open', 'opened', '{}'),
('training', 'required', 'ended', 'end', NULL, '{}'),
('management_review', NULL, 'planned', 'open', 'opened', '{}'),
('management_review', 'planned', 'held', 'hold', NULL, '{}'),
('management_review', 'planned', 'cancelled', 'cancel', NULL, '{}'),
('management_review', 'held', 'closed', 'close', 'closed', '{}'),
('user_entity_control', NULL, 'draft', 'open', 'opened', '{}'),
('user_entity_control', 'draft', 'communicated', 'communicate', 'communicated', '{}'),
('user_entity_control', 'communicated', 'draft', 'revise', NULL, '{}'),
('user_entity_control', 'communicated', 'retired', 'retire', NULL, '{}'),
('user_entity_control', 'draft', 'retired', 'retire', NULL, '{}');

--
-- What is particular to each
--

ALTER TABLE soc2.policies
    ADD COLUMN required_of text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN soc2.policies.required_of IS
'persons that have to acknowledge each version; a role of theirs may acknowledge it';

ALTER TABLE soc2.risks
    ADD COLUMN likelihood integer,
    ADD COLUMN impact integer,
    ADD COLUMN fraud boolean NOT NULL DEFAULT false,
    ADD COLUMN treatment text,
    ADD COLUMN plan text,
    ADD COLUMN residual_likelihood integer,
    ADD COLUMN residual_impact integer,
    ADD COLUMN assessed_at timestamptz,
    ADD COLUMN assessed_by name,
    ADD COLUMN accepted_at timestamptz,
    ADD COLUMN accepted_by name,
    ADD CONSTRAINT soc2_risks_likelihood_check CHECK (
        likelihood BETWEEN 1 AND 5 AND COALESCE(residual_likelihood, 1) BETWEEN 1 AND 5),
    ADD CONSTRAINT soc2_risks_impact_check CHECK (
        impact BETWEEN 1 AND 5 AND COALESCE(residual_impact, 1) BETWEEN 1 AND 5),
    ADD CONSTRAINT soc2_risks_treatment_check CHECK (
        treatment OPERATOR(pg_catalog.=) ANY ('{mitigate,accept,transfer,avoid}'::text[])),
    ADD CONSTRAINT soc2_risks_assessed_check CHECK (
        state OPERATOR(pg_catalog.=) ANY ('{identified,closed}'::text[])
        OR (likelihood IS NOT NULL AND impact IS NOT NULL AND treatment IS NOT NULL));
COMMENT ON COLUMN soc2.risks.likelihood IS 'how likely it is before anything is done, from 1 to 5';
COMMENT ON COLUMN soc2.risks.impact IS 'how bad it would be, from 1 to 5';
COMMENT ON COLUMN soc2.risks.fraud IS 'true: somebody would do it on purpose for gain';
COMMENT ON COLUMN soc2.risks.treatment IS 'mitigate, accept, transfer or avoid; every risk that was assessed has one';
COMMENT ON COLUMN soc2.risks.plan IS 'what is done about it, and by when';
COMMENT ON COLUMN soc2.risks.residual_likelihood IS 'how likely it is once that is done, from 1 to 5';
COMMENT ON COLUMN soc2.risks.residual_impact IS 'how bad it is then, from 1 to 5';
COMMENT ON COLUMN soc2.risks.assessed_at IS 'when it was assessed last';
COMMENT ON COLUMN soc2.risks.assessed_by IS 'by whom';
COMMENT ON COLUMN soc2.risks.accepted_at IS 'when what is left of it was accepted';
COMMENT ON COLUMN soc2.risks.accepted_by IS 'by whom: somebody else than who opened or assessed it';

ALTER TABLE soc2.vendors
    ADD COLUMN service text,
    ADD COLUMN subservice text,
    ADD COLUMN data_classes text[] NOT NULL DEFAULT '{}',
    ADD COLUMN contract_until date,
    ADD COLUMN approved_at timestamptz,
    ADD COLUMN approved_by name,
    ADD CONSTRAINT soc2_vendors_subservice_check CHECK (
        subservice OPERATOR(pg_catalog.=) ANY ('{carve-out,inclusive}'::text[])),
    ADD CONSTRAINT soc2_vendors_data_classes_check CHECK (
        data_classes OPERATOR(pg_catalog.<@) '{public,internal,confidential,personal,restricted}'::text[]);
COMMENT ON COLUMN soc2.vendors.service IS 'what it does for the system';
COMMENT ON COLUMN soc2.vendors.subservice IS
'how the report treats a subservice organisation: carve-out (its controls are left out, and assumed) or inclusive; NULL: it is none';
COMMENT ON COLUMN soc2.vendors.data_classes IS 'classes of data that it gets or can reach, see soc2.classifications';
COMMENT ON COLUMN soc2.vendors.contract_until IS 'last day of the contract; NULL: until notice';
COMMENT ON COLUMN soc2.vendors.approved_at IS 'when it was approved';
COMMENT ON COLUMN soc2.vendors.approved_by IS 'by whom: somebody else than who proposed it';

ALTER TABLE soc2.assets
    ADD COLUMN kind text,
    ADD COLUMN location text,
    ADD COLUMN data_class text,
    ADD COLUMN disposal text,
    ADD COLUMN disposed_at timestamptz,
    ADD COLUMN disposed_by name,
    ADD CONSTRAINT soc2_assets_kind_check CHECK (
        kind OPERATOR(pg_catalog.=) ANY ('{machine,medium,place,software,service,other}'::text[])),
    ADD CONSTRAINT soc2_assets_data_class_check CHECK (
        data_class OPERATOR(pg_catalog.=) ANY ('{public,internal,confidential,personal,restricted}'::text[])),
    ADD CONSTRAINT soc2_assets_disposal_check CHECK (
        state OPERATOR(pg_catalog.<>) 'disposed' OR pg_catalog.btrim(COALESCE(disposal, '')) OPERATOR(pg_catalog.<>) '');
COMMENT ON COLUMN soc2.assets.kind IS 'machine, medium, place, software, service or other';
COMMENT ON COLUMN soc2.assets.location IS 'where it is';
COMMENT ON COLUMN soc2.assets.data_class IS 'class of the most sensitive data on it, see soc2.classifications';
COMMENT ON COLUMN soc2.assets.disposal IS
'how data on it was destroyed and what proves it; nothing is disposed of without it';
COMMENT ON COLUMN soc2.assets.disposed_at IS 'when it was disposed of';
COMMENT ON COLUMN soc2.assets.disposed_by IS 'by whom';

ALTER TABLE soc2.trainings
    ADD COLUMN required_of text[] NOT NULL DEFAULT '{}',
    ADD COLUMN every interval,
    ADD CONSTRAINT soc2_trainings_every_check CHECK (
        every OPERATOR(pg_catalog.>) '0'::interval);
COMMENT ON COLUMN soc2.trainings.required_of IS 'persons that have to complete it';
COMMENT ON COLUMN soc2.trainings.every IS 'how often; NULL: once';

ALTER TABLE soc2.management_reviews
    ADD COLUMN body text,
    ADD COLUMN held_on date,
    ADD COLUMN participants text[] NOT NULL DEFAULT '{}',
    ADD COLUMN decisions text,
    ADD COLUMN minutes_uri text,
    ADD COLUMN minutes_sha256 soc2.digest,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN closed_by name,
    ADD CONSTRAINT soc2_management_reviews_held_on_check CHECK (
        state OPERATOR(pg_catalog.=) ANY ('{planned,cancelled}'::text[]) OR held_on IS NOT NULL);
COMMENT ON COLUMN soc2.management_reviews.body IS 'who holds it: the board, a committee, management';
COMMENT ON COLUMN soc2.management_reviews.held_on IS 'day on which it was held';
COMMENT ON COLUMN soc2.management_reviews.participants IS 'who took part';
COMMENT ON COLUMN soc2.management_reviews.decisions IS 'what was decided';
COMMENT ON COLUMN soc2.management_reviews.minutes_uri IS 'where the minutes are';
COMMENT ON COLUMN soc2.management_reviews.minutes_sha256 IS 'SHA-256 of the minutes';
COMMENT ON COLUMN soc2.management_reviews.closed_at IS 'when it was closed: its decisions are carried out';
COMMENT ON COLUMN soc2.management_reviews.closed_by IS 'by whom';

ALTER TABLE soc2.user_entity_controls
    ADD COLUMN communicated_in text,
    ADD COLUMN communicated_at timestamptz,
    ADD COLUMN communicated_by name;
COMMENT ON COLUMN soc2.user_entity_controls.communicated_in IS 'where customers are told: contract, guide, report';
COMMENT ON COLUMN soc2.user_entity_controls.communicated_at IS 'when they were told last';
COMMENT ON COLUMN soc2.user_entity_controls.communicated_by IS 'by whom';

--
-- What policies say, and who knows it
--

CREATE TABLE soc2.policy_versions (
    policy_id text NOT NULL,
    version text NOT NULL,
    state text NOT NULL,
    effective_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    document_uri text,
    document_sha256 soc2.digest,
    drafted_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    drafted_by name NOT NULL DEFAULT soc2.login_role(),
    approved_at timestamptz,
    approved_by name,
    CONSTRAINT soc2_policy_versions_pkey PRIMARY KEY (policy_id, version),
    CONSTRAINT soc2_policy_versions_version_check CHECK (
        pg_catalog.btrim(version) OPERATOR(pg_catalog.<>) '')
);
COMMENT ON TABLE soc2.policy_versions IS
'versions of policies and who approved them';
COMMENT ON COLUMN soc2.policy_versions.policy_id IS 'the policy';
COMMENT ON COLUMN soc2.policy_versions.version IS 'its version';
COMMENT ON COLUMN soc2.policy_versions.state IS 'draft, approved or withdrawn';
COMMENT ON COLUMN soc2.policy_versions.effective_at IS 'from when on it holds; the newest approved one does';
COMMENT ON COLUMN soc2.policy_versions.document_uri IS 'where its text is';
COMMENT ON COLUMN soc2.policy_versions.document_sha256 IS 'SHA-256 of the text';
COMMENT ON COLUMN soc2.policy_versions.drafted_at IS 'when it was drafted, or changed last';
COMMENT ON COLUMN soc2.policy_versions.drafted_by IS 'by whom';
COMMENT ON COLUMN soc2.policy_versions.approved_at IS 'when it was approved';
COMMENT ON COLUMN soc2.policy_versions.approved_by IS 'by whom: somebody else than who drafted it';

CREATE TABLE soc2.policy_acknowledgements (
    policy_id text NOT NULL,
    version text NOT NULL,
    person text NOT NULL,
    acknowledged_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_policy_acknowledgements_pkey PRIMARY KEY (policy_id, version, person)
);
COMMENT ON TABLE soc2.policy_acknowledgements IS
'who acknowledged which version of a policy; written by soc2.acknowledge_policy(), or imported';
COMMENT ON COLUMN soc2.policy_acknowledgements.policy_id IS 'the policy';
COMMENT ON COLUMN soc2.policy_acknowledgements.version IS 'the version';
COMMENT ON COLUMN soc2.policy_acknowledgements.person IS 'the person, see soc2.person_of()';
COMMENT ON COLUMN soc2.policy_acknowledgements.acknowledged_at IS 'when';
COMMENT ON COLUMN soc2.policy_acknowledgements.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.policy_acknowledgements.recorded_by IS 'by whom';

CREATE TABLE soc2.training_completions (
    training_id text NOT NULL,
    person text NOT NULL,
    completed_at timestamptz NOT NULL,
    result text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_training_completions_pkey PRIMARY KEY (training_id, person, completed_at)
);
COMMENT ON TABLE soc2.training_completions IS 'who completed which training';
COMMENT ON COLUMN soc2.training_completions.training_id IS 'the training';
COMMENT ON COLUMN soc2.training_completions.person IS 'the person';
COMMENT ON COLUMN soc2.training_completions.completed_at IS 'when';
COMMENT ON COLUMN soc2.training_completions.result IS 'with which result';
COMMENT ON COLUMN soc2.training_completions.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.training_completions.recorded_by IS 'by whom';

CREATE TABLE soc2.item_reviews (
    review_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    register text NOT NULL,
    item_id text NOT NULL,
    conclusion text NOT NULL,
    report text,
    exceptions text,
    next_due_at timestamptz,
    reviewed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    reviewed_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_item_reviews_pkey PRIMARY KEY (review_id),
    CONSTRAINT soc2_item_reviews_conclusion_check CHECK (
        pg_catalog.btrim(conclusion) OPERATOR(pg_catalog.<>) '')
);
CREATE INDEX soc2_item_reviews_item_idx ON soc2.item_reviews (register, item_id);
COMMENT ON TABLE soc2.item_reviews IS
'reviews of rows of registers; written by soc2.review_item()';
COMMENT ON COLUMN soc2.item_reviews.review_id IS 'id of the review';
COMMENT ON COLUMN soc2.item_reviews.register IS 'the register';
COMMENT ON COLUMN soc2.item_reviews.item_id IS 'the row, by its key';
COMMENT ON COLUMN soc2.item_reviews.conclusion IS 'what came of it';
COMMENT ON COLUMN soc2.item_reviews.report IS 'what was read, as the report of a vendor''s auditor with its period';
COMMENT ON COLUMN soc2.item_reviews.exceptions IS 'what was found wanting; NULL: nothing';
COMMENT ON COLUMN soc2.item_reviews.next_due_at IS 'until when the next one is due; NULL: there is none';
COMMENT ON COLUMN soc2.item_reviews.reviewed_at IS 'when';
COMMENT ON COLUMN soc2.item_reviews.reviewed_by IS 'by whom';

INSERT INTO soc2.registers (register, relation, title, criteria, key_columns,
    title_column, owner_column, state_column, opened_column, due_column)
VALUES
('policy_version', 'soc2.policy_versions', 'versions of policies',
 '{tsc:CC5.3,tsc:CC2.2,outline:CC2.2}', '{policy_id,version}', 'document_uri', 'drafted_by', 'state', 'drafted_at', NULL),
('policy_acknowledgement', 'soc2.policy_acknowledgements', 'acknowledgements of policies',
 '{tsc:CC1.1,tsc:CC2.2,outline:CC1.1,outline:CC2.2}', '{policy_id,version,person}', NULL, 'person', NULL, 'acknowledged_at', NULL),
('training_completion', 'soc2.training_completions', 'completed training',
 '{tsc:CC1.4,tsc:CC2.2,outline:CC1.4}', '{training_id,person,completed_at}', 'result', 'person', NULL, 'completed_at', NULL),
('item_review', 'soc2.item_reviews', 'reviews of rows of registers',
 '{tsc:CC4.1,tsc:CC9.2,outline:CC5.1,outline:P8.1}', '{review_id}', 'conclusion', 'reviewed_by', NULL, 'reviewed_at', NULL);
INSERT INTO soc2.register_transitions (register, from_state, to_state, act, stamp, other_than) VALUES
('policy_version', NULL, 'draft', 'draft', 'drafted', '{}'),
('policy_version', 'draft', 'approved', 'approve', 'approved', '{drafted_by}'),
('policy_version', 'draft', 'withdrawn', 'withdraw', NULL, '{}'),
('policy_version', 'approved', 'withdrawn', 'withdraw', NULL, '{}');

SELECT soc2.install_register(r.register)
FROM (VALUES ('policy'), ('risk'), ('vendor'), ('asset'), ('training'), ('management_review'),
    ('user_entity_control'), ('policy_version'), ('policy_acknowledgement'),
    ('training_completion'), ('item_review')) AS r (register);

-- Triggers run in the order of their names: after the one that judges the step.
-- Who approves a version approves what another one drafted.
CREATE FUNCTION soc2.policy_redraft()
    RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.drafted_at := clock_timestamp();
    NEW.drafted_by := soc2.login_role();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION soc2.policy_redraft() IS
'trigger of soc2.policy_versions: who changes a draft has drafted it';

CREATE TRIGGER soc2_step_redraft
    BEFORE UPDATE ON soc2.policy_versions
    FOR EACH ROW
    WHEN (NEW.state OPERATOR(pg_catalog.=) 'draft'
        AND ROW(NEW.effective_at, NEW.document_uri, NEW.document_sha256::text)
            IS DISTINCT FROM ROW(OLD.effective_at, OLD.document_uri, OLD.document_sha256::text))
    EXECUTE FUNCTION soc2.policy_redraft();
COMMENT ON TRIGGER soc2_step_redraft ON soc2.policy_versions IS
'who changes a draft has drafted it';

CREATE TRIGGER soc2_step_keep
    BEFORE UPDATE ON soc2.policy_versions
    FOR EACH ROW
    WHEN (NEW.state OPERATOR(pg_catalog.<>) 'draft')
    EXECUTE FUNCTION soc2.register_keep('effective_at', 'document_uri', 'document_sha256');
COMMENT ON TRIGGER soc2_step_keep ON soc2.policy_versions IS
'refuses to change what is or was approved';

CREATE TRIGGER soc2_step_keep
    BEFORE UPDATE ON soc2.risks
    FOR EACH ROW
    WHEN (OLD.state OPERATOR(pg_catalog.=) 'accepted' AND NEW.state OPERATOR(pg_catalog.=) 'accepted')
    EXECUTE FUNCTION soc2.register_keep('likelihood', 'impact', 'fraud', 'treatment', 'plan',
        'residual_likelihood', 'residual_impact');
COMMENT ON TRIGGER soc2_step_keep ON soc2.risks IS
'refuses to change what was accepted, but by assessing it again';

--
-- Functions
--

CREATE FUNCTION soc2.acknowledge_policy(policy_id text, version text)
    RETURNS timestamptz
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT soc2.require_registered('approved version of a policy',
        pg_catalog.concat_ws(' ', acknowledge_policy.policy_id, acknowledge_policy.version), EXISTS (
            SELECT FROM soc2.policy_versions AS v
            WHERE v.policy_id OPERATOR(pg_catalog.=) acknowledge_policy.policy_id
                AND v.version OPERATOR(pg_catalog.=) acknowledge_policy.version
                AND v.state OPERATOR(pg_catalog.=) 'approved'));
    INSERT INTO soc2.policy_acknowledgements (policy_id, version, person)
    VALUES (acknowledge_policy.policy_id, acknowledge_policy.version,
        soc2.person_of(soc2.login_role()))
    ON CONFLICT DO NOTHING;
    SELECT a.acknowledged_at
    FROM soc2.policy_acknowledgements AS a
    WHERE a.policy_id OPERATOR(pg_catalog.=) acknowledge_policy.policy_id
        AND a.version OPERATOR(pg_catalog.=) acknowledge_policy.version
        AND a.person OPERATOR(pg_catalog.=) soc2.person_of(soc2.login_role());
END;
COMMENT ON FUNCTION soc2.acknowledge_policy(text, text) IS
'records that the person who logged in acknowledges an approved version of a policy; returns when that was done first; 42704 if there is no such version';

CREATE FUNCTION soc2.take_step(register text, item_id text, state text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept soc2.registers;
    steps bigint;
BEGIN
    SELECT r.* INTO kept
    FROM soc2.registers AS r
    WHERE r.register = take_step.register AND r.state_column IS NOT NULL
        AND cardinality(r.key_columns) = 1;
    PERFORM soc2.require_registered('register with states and one key column', register, FOUND);
    EXECUTE format('UPDATE %s SET %I = $1 WHERE %I::text = $2',
        kept.relation::regclass, kept.state_column, kept.key_columns[1])
    USING state, item_id;
    GET DIAGNOSTICS steps = ROW_COUNT;
    PERFORM soc2.require_registered(register, item_id, steps > 0);
END
$$;
COMMENT ON FUNCTION soc2.take_step(text, text, text) IS
'lets a row of a register, by its key, go to another state; 42704 if there is none; 23514, 55000 and S2A01 as soc2.register_step() raises them';

CREATE FUNCTION soc2.review_item(
    register text,
    item_id text,
    conclusion text,
    next_due_at timestamptz DEFAULT NULL,
    report text DEFAULT NULL,
    exceptions text DEFAULT NULL)
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept soc2.registers;
    steps bigint;
    id uuid := gen_random_uuid();
BEGIN
    SELECT r.* INTO kept
    FROM soc2.registers AS r
    WHERE r.register = review_item.register AND r.due_column IS NOT NULL
        AND cardinality(r.key_columns) = 1;
    PERFORM soc2.require_registered('register with dates and one key column', register, FOUND);
    EXECUTE format('UPDATE %s SET %I = $1 WHERE %I::text = $2',
        kept.relation::regclass, kept.due_column, kept.key_columns[1])
    USING next_due_at, item_id;
    GET DIAGNOSTICS steps = ROW_COUNT;
    PERFORM soc2.require_registered(register, item_id, steps > 0);
    INSERT INTO soc2.item_reviews (review_id, register, item_id, conclusion, report,
        exceptions, next_due_at)
    VALUES (id, review_item.register, review_item.item_id, review_item.conclusion,
        review_item.report, review_item.exceptions, review_item.next_due_at);
    RETURN id;
END
$$;
COMMENT ON FUNCTION soc2.review_item(text, text, text, timestamptz, text, text) IS
'records that a row of a register was reviewed, and until when it has to be again; returns the id of the review; 42704 for an unknown register or row';

--
-- Views
--

CREATE VIEW soc2.policy_status AS
    SELECT p.policy_id, p.title, p.owner, p.state, v.version, v.effective_at, v.approved_by,
        p.due_at, p.state OPERATOR(pg_catalog.=) 'in_force'
            AND COALESCE(p.due_at OPERATOR(pg_catalog.<) pg_catalog.now(), false) AS overdue,
        pg_catalog.cardinality(p.required_of)::bigint AS required_of, a.acknowledged,
        pg_catalog.cardinality(p.required_of) OPERATOR(pg_catalog.-) a.acknowledged AS missing
    FROM soc2.policies AS p
    LEFT JOIN LATERAL (
        SELECT w.version, w.effective_at, w.approved_by
        FROM soc2.policy_versions AS w
        WHERE w.policy_id OPERATOR(pg_catalog.=) p.policy_id
            AND w.state OPERATOR(pg_catalog.=) 'approved'
            AND w.effective_at OPERATOR(pg_catalog.<=) pg_catalog.now()
        ORDER BY w.effective_at DESC, w.version DESC LIMIT 1) AS v ON true
    CROSS JOIN LATERAL (
        SELECT pg_catalog.count(*) AS acknowledged
        FROM pg_catalog.unnest(p.required_of) AS r (person)
        WHERE EXISTS (
            SELECT FROM soc2.policy_acknowledgements AS k
            WHERE k.policy_id OPERATOR(pg_catalog.=) p.policy_id
                AND k.version OPERATOR(pg_catalog.=) v.version
                AND k.person OPERATOR(pg_catalog.=) r.person)) AS a;
COMMENT ON VIEW soc2.policy_status IS
'which version of each policy holds now, and how many of those who have to acknowledged it?';
COMMENT ON COLUMN soc2.policy_status.policy_id IS 'the policy';
COMMENT ON COLUMN soc2.policy_status.title IS 'one line';
COMMENT ON COLUMN soc2.policy_status.owner IS 'person or role that answers for it';
COMMENT ON COLUMN soc2.policy_status.state IS 'in_force or retired';
COMMENT ON COLUMN soc2.policy_status.version IS 'approved version that holds now; NULL: none does';
COMMENT ON COLUMN soc2.policy_status.effective_at IS 'since when';
COMMENT ON COLUMN soc2.policy_status.approved_by IS 'who approved it';
COMMENT ON COLUMN soc2.policy_status.due_at IS 'until when it has to be reviewed';
COMMENT ON COLUMN soc2.policy_status.overdue IS 'true: that is over, and it is in force';
COMMENT ON COLUMN soc2.policy_status.required_of IS 'how many persons have to acknowledge it';
COMMENT ON COLUMN soc2.policy_status.acknowledged IS 'of them, acknowledged this version';
COMMENT ON COLUMN soc2.policy_status.missing IS 'of them, did not';

CREATE VIEW soc2.training_status AS
    SELECT t.training_id, t.title, t.state, r.person, c.completed_at,
        c.completed_at OPERATOR(pg_catalog.+) t.every AS valid_until,
        c.completed_at IS NOT NULL
            AND COALESCE(c.completed_at OPERATOR(pg_catalog.+) t.every OPERATOR(pg_catalog.>=) pg_catalog.now(), true) AS completed,
        COALESCE(c.completed_at OPERATOR(pg_catalog.+) t.every, t.due_at) AS due_at
    FROM soc2.trainings AS t
    CROSS JOIN LATERAL pg_catalog.unnest(t.required_of) AS r (person)
    LEFT JOIN LATERAL (
        SELECT pg_catalog.max(d.completed_at) AS completed_at
        FROM soc2.training_completions AS d
        WHERE d.training_id OPERATOR(pg_catalog.=) t.training_id
            AND d.person OPERATOR(pg_catalog.=) r.person) AS c ON true;
COMMENT ON VIEW soc2.training_status IS
'who has to complete which training, and who has?';
COMMENT ON COLUMN soc2.training_status.training_id IS 'the training';
COMMENT ON COLUMN soc2.training_status.title IS 'one line';
COMMENT ON COLUMN soc2.training_status.state IS 'required or ended';
COMMENT ON COLUMN soc2.training_status.person IS 'person that has to complete it';
COMMENT ON COLUMN soc2.training_status.completed_at IS 'when the person did last; NULL: never';
COMMENT ON COLUMN soc2.training_status.valid_until IS 'until when that is enough; NULL: for ever, or never done';
COMMENT ON COLUMN soc2.training_status.completed IS 'true: it was completed, and that is still enough';
COMMENT ON COLUMN soc2.training_status.due_at IS 'until when it has to be done next; NULL: no date is set';
