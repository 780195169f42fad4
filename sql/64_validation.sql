/* sql/64_validation.sql */

--
-- Validation of a disposal: was what was verified effective enough?  Verification
-- is what the server finds, see soc2.verify_disposal(); this is what a person
-- concludes from it who has neither asked for the disposal nor run it.
--

CREATE TABLE soc2.disposal_validations (
    plan_id bigint NOT NULL,
    validated_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    validated_by name NOT NULL,
    validated_session name NOT NULL,
    certificate_issued_at timestamptz NOT NULL,
    level text,
    conclusion text NOT NULL,
    comment text NOT NULL,
    CONSTRAINT soc2_disposal_validations_pkey PRIMARY KEY (plan_id, validated_at),
    CONSTRAINT soc2_disposal_validations_conclusion_check CHECK (
        conclusion OPERATOR(pg_catalog.=) ANY ('{effective,insufficient}'::text[]))
);
SELECT pg_catalog.pg_extension_config_dump('soc2.disposal_validations', '');
COMMENT ON TABLE soc2.disposal_validations IS
'what persons concluded from certificates of disposal; made with soc2.validate_disposal()';
COMMENT ON COLUMN soc2.disposal_validations.plan_id IS 'number of the plan';
COMMENT ON COLUMN soc2.disposal_validations.validated_at IS 'when';
COMMENT ON COLUMN soc2.disposal_validations.validated_by IS 'role that concluded it';
COMMENT ON COLUMN soc2.disposal_validations.validated_session IS 'role that was logged in then';
COMMENT ON COLUMN soc2.disposal_validations.certificate_issued_at IS 'certificate that was judged';
COMMENT ON COLUMN soc2.disposal_validations.level IS 'highest level that it proves; NULL: none';
COMMENT ON COLUMN soc2.disposal_validations.conclusion IS 'effective, or insufficient: more has to be done';
COMMENT ON COLUMN soc2.disposal_validations.comment IS 'why';

CREATE FUNCTION soc2.validate_disposal(plan bigint, conclusion text, comment text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    done soc2.disposal_plans :=
        soc2.require_disposal(plan, '{finished,revoked,expired}');
    judged soc2.disposal_certificates;
    person name;
BEGIN
    IF conclusion IS NULL OR conclusion <> ALL ('{effective,insufficient}') THEN
        RAISE EXCEPTION 'unknown conclusion "%"', conclusion
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'A disposal is "effective" or "insufficient".';
    END IF;
    PERFORM soc2.require_text('comment', comment);
    FOR person IN
        SELECT done.requested_session
        UNION SELECT b.executed_session FROM soc2.disposal_batches AS b WHERE b.plan_id = plan
    LOOP
        PERFORM soc2.require_second_person('validation of a disposal', person, SESSION_USER);
    END LOOP;
    SELECT c.* INTO judged FROM soc2.disposal_certificates AS c
    WHERE c.plan_id = plan ORDER BY c.issued_at DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'disposal plan % has not been verified', plan
            USING ERRCODE = 'S2D01',
            DETAIL = 'What is validated is the newest certificate.',
            HINT = 'Issue it with soc2.certificate().';
    END IF;
    INSERT INTO soc2.disposal_validations (plan_id, validated_by, validated_session,
        certificate_issued_at, level, conclusion, comment)
    VALUES (plan, soc2.acting_role(), SESSION_USER, judged.issued_at,
        judged.certificate ->> 'level', validate_disposal.conclusion,
        validate_disposal.comment);
    PERFORM soc2.record_disposal(done, 'validated', jsonb_build_object(
        'conclusion', conclusion, 'comment', comment,
        'certificate_issued_at', judged.issued_at,
        'level', judged.certificate -> 'level'));
END
$$;
COMMENT ON FUNCTION soc2.validate_disposal(bigint, text, text) IS
'concludes from the newest certificate of a plan that is over whether its disposal was effective or insufficient, with a comment; for somebody who neither made nor ran the plan (S2A01); later certificates tell it';
