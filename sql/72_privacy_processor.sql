/* sql/72_privacy_processor.sql */

--
-- Privacy: to whom personal data goes. Processors have terms; disclosures that were
-- not allowed have an incident. Vendors and incidents are other registers, which are
-- named here by their ids.
--

INSERT INTO soc2.registers (register, relation, title, criteria, key_columns, title_column, owner_column, state_column, opened_column, due_column)
VALUES ('processor terms', 'soc2.processor_terms', 'terms on privacy with those who process personal data',
    '{tsc:P6.4,tsc:P6.5,outline:P7.1,outline:P8.1}', '{terms_id}', 'title', 'owner', 'state', 'recorded_at', 'review_due_at');
INSERT INTO soc2.register_transitions (register, from_state, to_state, act, stamp, other_than) VALUES
    ('processor terms', NULL, 'draft', 'draft', NULL, '{}'),
    ('processor terms', 'draft', 'in_force', 'approve', 'approved', '{recorded_by}'),
    ('processor terms', 'draft', 'ended', 'end', 'ended', '{}'),
    ('processor terms', 'in_force', 'ended', 'end', 'ended', '{}');

CREATE TABLE soc2.processor_terms (
    terms_id text NOT NULL,
    vendor_id text NOT NULL DEFAULT '',
    title text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'draft',
    owner text,
    agreed_on date,
    ends_on date,
    purposes text[] NOT NULL DEFAULT '{}',
    data text,
    sub_processors text[] NOT NULL DEFAULT '{}',
    transfer_basis text,
    countries text[] NOT NULL DEFAULT '{}',
    breach_notice interval,
    agreement_uri text,
    zone text NOT NULL DEFAULT 'UTC',
    reviewed_at timestamptz,
    review_period interval NOT NULL DEFAULT '1 year',
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    approved_at timestamptz,
    approved_by name,
    ended_at timestamptz,
    ended_by name,
    review_due_at timestamptz GENERATED ALWAYS AS (
        soc2.deadline(COALESCE(reviewed_at, recorded_at), review_period, zone)) STORED,
    CONSTRAINT soc2_processor_terms_pkey PRIMARY KEY (terms_id),
    CONSTRAINT soc2_processor_terms_ends_on_check CHECK (
        ends_on OPERATOR(pg_catalog.>=) agreed_on),
    CONSTRAINT soc2_processor_terms_review_period_check CHECK (
        review_period OPERATOR(pg_catalog.>) '0'::interval)
);
COMMENT ON TABLE soc2.processor_terms IS
'the register processor terms: what those who process personal data have agreed to';
COMMENT ON COLUMN soc2.processor_terms.terms_id IS 'number of the agreement';
COMMENT ON COLUMN soc2.processor_terms.vendor_id IS 'the processor, as in the register of vendors, and as recipients are called in soc2.disclosures';
COMMENT ON COLUMN soc2.processor_terms.title IS 'what the agreement is';
COMMENT ON COLUMN soc2.processor_terms.state IS 'draft, in_force or ended';
COMMENT ON COLUMN soc2.processor_terms.owner IS 'who answers for it';
COMMENT ON COLUMN soc2.processor_terms.agreed_on IS 'when both agreed; NULL: they did not yet';
COMMENT ON COLUMN soc2.processor_terms.ends_on IS 'last day of it; NULL: until it is ended';
COMMENT ON COLUMN soc2.processor_terms.purposes IS 'what personal data may be used for';
COMMENT ON COLUMN soc2.processor_terms.data IS 'which personal data it is about';
COMMENT ON COLUMN soc2.processor_terms.sub_processors IS 'whom the processor may pass it on to';
COMMENT ON COLUMN soc2.processor_terms.transfer_basis IS 'what allows to take it to these countries; NULL: nothing has to';
COMMENT ON COLUMN soc2.processor_terms.countries IS 'countries that it is taken to, beyond those where no basis is needed';
COMMENT ON COLUMN soc2.processor_terms.breach_notice IS 'how soon the processor reports a breach; NULL: he has not promised to';
COMMENT ON COLUMN soc2.processor_terms.agreement_uri IS 'where the agreement is kept';
COMMENT ON COLUMN soc2.processor_terms.zone IS 'time zone whose days count';
COMMENT ON COLUMN soc2.processor_terms.reviewed_at IS 'when it was last looked at whether the processor keeps to it';
COMMENT ON COLUMN soc2.processor_terms.review_period IS 'how often that has to be done';
COMMENT ON COLUMN soc2.processor_terms.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.processor_terms.recorded_by IS 'by which role';
COMMENT ON COLUMN soc2.processor_terms.approved_at IS 'when it was approved';
COMMENT ON COLUMN soc2.processor_terms.approved_by IS 'by whom, another person than who recorded it';
COMMENT ON COLUMN soc2.processor_terms.ended_at IS 'when its end was recorded';
COMMENT ON COLUMN soc2.processor_terms.ended_by IS 'by whom';
COMMENT ON COLUMN soc2.processor_terms.review_due_at IS 'until when it has to be looked at again';
SELECT soc2.install_register('processor terms');

CREATE VIEW soc2.processor_status AS
    SELECT t.terms_id, t.vendor_id, t.title, t.state, t.owner, t.agreed_on, t.ends_on, t.purposes,
        t.sub_processors, t.countries, t.review_due_at,
        CASE
            WHEN t.state OPERATOR(pg_catalog.<>) 'in_force' THEN NULL
            WHEN t.agreed_on IS NULL THEN 'not agreed on'
            WHEN NOT EXISTS (SELECT FROM soc2.vendors AS v
                             WHERE v.vendor_id OPERATOR(pg_catalog.=) t.vendor_id) THEN 'not in the register of vendors'
            WHEN t.ends_on OPERATOR(pg_catalog.<) pg_catalog.date(pg_catalog.timezone(t.zone, pg_catalog.now())) THEN 'ended by itself'
            WHEN pg_catalog.cardinality(t.purposes) OPERATOR(pg_catalog.=) 0 THEN 'no purpose'
            WHEN pg_catalog.cardinality(t.countries) OPERATOR(pg_catalog.>) 0
                AND COALESCE(pg_catalog.btrim(t.transfer_basis), '') OPERATOR(pg_catalog.=) '' THEN 'no basis for the transfer'
            WHEN t.breach_notice IS NULL THEN 'no promise to report breaches'
            WHEN t.review_due_at OPERATOR(pg_catalog.<=) pg_catalog.now() THEN 'review overdue'
        END AS problem
    FROM soc2.processor_terms AS t;
COMMENT ON VIEW soc2.processor_status IS
'with whom are there terms on privacy, and what is wrong with those in force?';
COMMENT ON COLUMN soc2.processor_status.terms_id IS 'number of the agreement';
COMMENT ON COLUMN soc2.processor_status.vendor_id IS 'the processor';
COMMENT ON COLUMN soc2.processor_status.title IS 'what the agreement is';
COMMENT ON COLUMN soc2.processor_status.state IS 'draft, in_force or ended';
COMMENT ON COLUMN soc2.processor_status.owner IS 'who answers for it';
COMMENT ON COLUMN soc2.processor_status.agreed_on IS 'when both agreed';
COMMENT ON COLUMN soc2.processor_status.ends_on IS 'last day of it; NULL: until it is ended';
COMMENT ON COLUMN soc2.processor_status.purposes IS 'what personal data may be used for';
COMMENT ON COLUMN soc2.processor_status.sub_processors IS 'whom the processor may pass it on to';
COMMENT ON COLUMN soc2.processor_status.countries IS 'countries that it is taken to';
COMMENT ON COLUMN soc2.processor_status.review_due_at IS 'until when it has to be looked at again';
COMMENT ON COLUMN soc2.processor_status.problem IS 'what is wrong with terms in force; NULL: nothing, or they are not';

CREATE VIEW soc2.disclosure_status AS
    SELECT d.disclosure_id, d.disclosed_at, d.recipient, d.purpose, d.basis, d.authorized, d.incident,
        EXISTS (SELECT FROM soc2.processor_terms AS t
                WHERE t.vendor_id OPERATOR(pg_catalog.=) d.recipient
                    AND t.state OPERATOR(pg_catalog.=) 'in_force'
                    AND d.purpose OPERATOR(pg_catalog.=) ANY (t.purposes)) AS has_terms,
        CASE
            WHEN NOT d.authorized AND COALESCE(pg_catalog.btrim(d.incident), '') OPERATOR(pg_catalog.=) '' THEN 'not authorized, and no incident'
            WHEN NOT d.authorized AND NOT EXISTS (
                    SELECT FROM soc2.incidents AS i
                    WHERE i.incident_id OPERATOR(pg_catalog.=) d.incident) THEN 'incident is not in the register'
            WHEN d.authorized AND COALESCE(pg_catalog.btrim(d.recipient), '') OPERATOR(pg_catalog.=) '' THEN 'no recipient'
            WHEN d.authorized AND COALESCE(pg_catalog.btrim(d.purpose), '') OPERATOR(pg_catalog.=) '' THEN 'no purpose'
            WHEN d.authorized AND COALESCE(pg_catalog.btrim(d.basis), '') OPERATOR(pg_catalog.=) '' THEN 'no basis'
            WHEN d.authorized AND EXISTS (
                    SELECT FROM soc2.processor_terms AS t
                    WHERE t.vendor_id OPERATOR(pg_catalog.=) d.recipient)
                AND NOT EXISTS (
                    SELECT FROM soc2.processor_terms AS t
                    WHERE t.vendor_id OPERATOR(pg_catalog.=) d.recipient
                        AND d.purpose OPERATOR(pg_catalog.=) ANY (t.purposes)
                        -- drafts allow nothing, nor does what had ended
                        AND t.approved_at IS NOT NULL
                        AND COALESCE(t.ended_at OPERATOR(pg_catalog.>) d.disclosed_at, true))
                THEN 'for no purpose of the terms'
        END AS problem
    FROM soc2.disclosures AS d;
COMMENT ON VIEW soc2.disclosure_status IS
'to whom was personal data given, and what is wrong with that?';
COMMENT ON COLUMN soc2.disclosure_status.disclosure_id IS 'id of the disclosure';
COMMENT ON COLUMN soc2.disclosure_status.disclosed_at IS 'when';
COMMENT ON COLUMN soc2.disclosure_status.recipient IS 'who received it';
COMMENT ON COLUMN soc2.disclosure_status.purpose IS 'what for';
COMMENT ON COLUMN soc2.disclosure_status.basis IS 'consent, contract or law that allows it';
COMMENT ON COLUMN soc2.disclosure_status.authorized IS 'was it allowed?';
COMMENT ON COLUMN soc2.disclosure_status.incident IS 'record of the incident, if it was not';
COMMENT ON COLUMN soc2.disclosure_status.has_terms IS 'has the recipient terms in force that name the purpose?';
COMMENT ON COLUMN soc2.disclosure_status.problem IS 'what is missing or wrong; NULL: nothing';
