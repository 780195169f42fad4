/*-------------------------------------------------------------------------
 *
 * shred_wrap.c
 *		Wrapping keys of subjects: by pgcrypto with an OpenPGP key, or by
 *		functions that somebody registered, which call a service.
 *
 * Functions of pgcrypto are those that belong to the extension, wherever it was
 * installed, and are called without a statement whose text could tell a key.
 *
 * A registered function runs with the rights of its owner, and only as long as
 * that is the role that owned it when it was registered: who can create another
 * function under the same name does not get keys thereby.
 *
 * IDENTIFICATION
 *	  src/shred_wrap.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "funcapi.h"
#include "ledger.h"
#include "miscadmin.h"
#include "shred.h"
#include "soc2_errcodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(soc2_pgp_key_id);
PG_FUNCTION_INFO_V1(soc2_handler_function);
PG_FUNCTION_INFO_V1(soc2_call_handler);

/* what pgcrypto is to use; nothing of a key can be compressed */
#define WRAP_OPTIONS	"cipher-algo=aes256"

/* how much of a setting of a function says that it pins the search path */
#define SEARCH_PATH		"search_path="

/* a function of pgcrypto by its name and the types of its arguments */
static Oid
pgcrypto_function(const char *name, int nargs, const Oid *types)
{
	Oid			extension = get_extension_oid("pgcrypto", false);
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP,
										   CStringGetDatum(name));
	Oid			found = InvalidOid;

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (proc->pronargs == nargs &&
			memcmp(proc->proargtypes.values, types, sizeof(Oid) * nargs) == 0 &&
			getExtensionOfObject(ProcedureRelationId, proc->oid) == extension)
			found = proc->oid;
	}
	ReleaseSysCacheList(list);
	if (!OidIsValid(found))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("extension \"pgcrypto\" has no function \"%s\"", name)));
	return found;
}

/* take the armor off an OpenPGP key */
static bytea *
dearmor(const char *armored)
{
	static const Oid types[] = {TEXTOID};

	return DatumGetByteaPP(OidFunctionCall1(pgcrypto_function("dearmor", 1, types),
											CStringGetTextDatum(armored)));
}

/* overwrite the bytes of a value */
static void
wipe(bytea *value)
{
	explicit_bzero(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

/* a bytea of some bytes */
static bytea *
make_bytea(const void *bytes, size_t len)
{
	bytea	   *result = palloc(VARHDRSZ + len);

	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(VARDATA(result), bytes, len);
	return result;
}

/* wrap some bytes with a public key */
static bytea *
pgp_wrap(bytea *public_key, bytea *key)
{
	static const Oid types[] = {BYTEAOID, BYTEAOID, TEXTOID};
	Oid			function = pgcrypto_function("pgp_pub_encrypt_bytea", 3, types);

	return DatumGetByteaPP(OidFunctionCall3(function, PointerGetDatum(key),
											PointerGetDatum(public_key),
											CStringGetTextDatum(WRAP_OPTIONS)));
}

/* unwrap with a secret key in armor */
static bytea *
pgp_unwrap(const bytea *wrapped, const char *secret_key, const char *password)
{
	static const Oid types[] = {BYTEAOID, BYTEAOID, TEXTOID};
	int			nargs = password ? 3 : 2;
	Oid			function = pgcrypto_function("pgp_pub_decrypt_bytea", nargs,
											 types);
	bytea	   *secret = dearmor(secret_key);
	bytea	   *result;

	if (password)
		result = DatumGetByteaPP(OidFunctionCall3(function,
												  PointerGetDatum(wrapped),
												  PointerGetDatum(secret),
												  CStringGetTextDatum(password)));
	else
		result = DatumGetByteaPP(OidFunctionCall2(function,
												  PointerGetDatum(wrapped),
												  PointerGetDatum(secret)));
	wipe(secret);
	return result;
}

/* say which function an error comes from */
static void
handler_context(void *arg)
{
	errcontext("registered function %s", (const char *) arg);
}

/* call a function with two arguments as its owner; *isnull tells of its result */
static Datum
call_as_owner(Oid function, Oid owner, Datum one, Datum two, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, 2);
	FmgrInfo	flinfo;
	Oid			user;
	int			context;
	int			level = soc2_ledger_pin();
	Datum		result;

	fmgr_info(function, &flinfo);
	InitFunctionCallInfoData(*fcinfo, &flinfo, 2, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = one;
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = two;
	fcinfo->args[1].isnull = false;
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	result = FunctionCallInvoke(fcinfo);
	SetUserIdAndSecContext(user, context);
	soc2_ledger_unpin(level);
	*isnull = fcinfo->isnull;
	return result;
}

/* does a function pin the search path, or is it compiled? */
static bool
pins_search_path(HeapTuple tuple)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	bool		isnull;
	Datum		config;
	Datum	   *settings;
	int			count;

	if (proc->prolang == ClanguageId || proc->prolang == INTERNALlanguageId)
		return true;
	config = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proconfig, &isnull);
	if (isnull)
		return false;
	deconstruct_array(DatumGetArrayTypeP(config), TEXTOID, -1, false,
					  TYPALIGN_INT, &settings, NULL, &count);
	for (int i = 0; i < count; i++)
	{
		if (strncmp(TextDatumGetCString(settings[i]), SEARCH_PATH,
					strlen(SEARCH_PATH)) == 0)
			return true;
	}
	return false;
}

/* why a function cannot be registered for a result type; NULL if it can */
static const char *
function_problem(HeapTuple tuple, Oid result)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);

	if (proc->prokind != PROKIND_FUNCTION || proc->proretset)
		return "It is not an ordinary function.";
	if (proc->pronargs != 2 || proc->proargtypes.values[0] != TEXTOID ||
		proc->proargtypes.values[1] != BYTEAOID)
		return "Its arguments are not of types text and bytea.";
	if (proc->prorettype != result)
		return result == TEXTOID ? "It does not return text." :
			"It does not return bytea.";
	if (result == TEXTOID && proc->provolatile != PROVOLATILE_VOLATILE)
		return "It is not volatile, so it cannot destroy anything.";
	if (isAnyTempNamespace(proc->pronamespace))
		return "It is temporary.";
	if (!pins_search_path(tuple))
		return "It does not set search_path.";
	return NULL;
}

/* refuse a function that cannot be registered, or not be called any more */
static Oid
require_function(const char *signature, Oid result, Oid *owner)
{
	int			level = soc2_ledger_pin();
	Oid			function = DatumGetObjectId(DirectFunctionCall1(regprocedurein,
																CStringGetDatum(signature)));
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	const char *problem;

	soc2_ledger_unpin(level);
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function %s does not exist", signature)));
	problem = function_problem(tuple, result);
	*owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
				 errmsg("function %s cannot handle keys", signature),
				 errdetail("%s", problem),
				 errhint("Wrapping and unwrapping take text and bytea and return bytea, destroying returns text, and each sets search_path.")));
	return function;
}

/* call a registered function on a value; an error if it returns NULL */
static Datum
call_handler(const soc2_wrapper *wrapper, Oid type, bytea *value)
{
	ErrorContextCallback context;
	Oid			owner;
	Oid			function;
	bool		isnull;
	Datum		result;

	context.callback = handler_context;
	context.arg = wrapper->function;
	context.previous = error_context_stack;
	error_context_stack = &context;
	function = require_function(wrapper->function, type, &owner);
	if (strcmp(GetUserNameFromId(owner, false), wrapper->owner) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("function %s has another owner than when it was registered",
						wrapper->function),
				 errhint("See who changed that, and register it again with soc2.register_shred_handler().")));
	result = call_as_owner(function, owner,
						   CStringGetTextDatum(wrapper->reference),
						   PointerGetDatum(value), &isnull);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("function %s returned null", wrapper->function)));
	error_context_stack = context.previous;
	return result;
}

/* Wrap a key */
bytea *
soc2_wrap(const soc2_wrapper *wrapper, const unsigned char *key)
{
	bytea	   *plain = make_bytea(key, SOC2_DATA_KEY_SIZE);
	bytea	   *wrapped;

	if (wrapper->public_key)
		wrapped = pgp_wrap(wrapper->public_key, plain);
	else
		wrapped = DatumGetByteaPP(call_handler(wrapper, BYTEAOID, plain));
	wipe(plain);
	if (VARSIZE_ANY_EXHDR(wrapped) >= SOC2_DATA_KEY_SIZE &&
		memmem(VARDATA_ANY(wrapped), VARSIZE_ANY_EXHDR(wrapped), key,
			   SOC2_DATA_KEY_SIZE) == NULL)
		return wrapped;
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION),
			 errmsg("the key was not wrapped"),
			 errdetail("Function %s returned the key itself, or too little to hold it.",
					   wrapper->function ? wrapper->function : "pgp_pub_encrypt_bytea")));
}

/* Unwrap a key */
void
soc2_unwrap(const soc2_wrapper *wrapper, const bytea *wrapped,
			const char *secret_key, const char *password, unsigned char *out)
{
	bytea	   *plain;
	bool		fits;

	if (secret_key)
		plain = pgp_unwrap(wrapped, secret_key, password);
	else
		plain = DatumGetByteaPP(call_handler(wrapper, BYTEAOID,
											 unconstify(bytea *, wrapped)));
	fits = VARSIZE_ANY_EXHDR(plain) == SOC2_DATA_KEY_SIZE;
	if (fits)
		memcpy(out, VARDATA_ANY(plain), SOC2_DATA_KEY_SIZE);
	wipe(plain);
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION),
				 errmsg("what was unwrapped is not a key"),
				 errdetail("A key has %d bytes.", SOC2_DATA_KEY_SIZE)));
}

/*
 * soc2.pgp_key_id(public_key text, OUT key bytea, OUT key_id text): take the
 * armor off a public key, and see that it can wrap
 */
Datum
soc2_pgp_key_id(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {BYTEAOID};
	char	   *armored = text_to_cstring(PG_GETARG_TEXT_PP(0));
	bytea	   *key = dearmor(armored);
	unsigned char probe[SOC2_DATA_KEY_SIZE];
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false};

	soc2_random(probe, sizeof(probe));
	(void) pgp_wrap(key, make_bytea(probe, sizeof(probe)));
	desc = CreateTemplateTupleDesc(2);
	TupleDescInitEntry(desc, 1, "key", BYTEAOID, -1, 0);
	TupleDescInitEntry(desc, 2, "key_id", TEXTOID, -1, 0);
	values[0] = PointerGetDatum(key);
	values[1] = OidFunctionCall1(pgcrypto_function("pgp_key_id", 1, types),
								 PointerGetDatum(key));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}

/*
 * soc2.handler_function(signature text, result regtype, OUT function text,
 * OUT owner name): the full signature of a function that can be registered
 */
Datum
soc2_handler_function(PG_FUNCTION_ARGS)
{
	Oid			owner;
	Oid			function = require_function(text_to_cstring(PG_GETARG_TEXT_PP(0)),
											PG_GETARG_OID(1), &owner);
	TupleDesc	desc = CreateTemplateTupleDesc(2);
	Datum		values[2];
	bool		nulls[2] = {false};

	TupleDescInitEntry(desc, 1, "function", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 2, "owner", NAMEOID, -1, 0);
	values[0] = CStringGetTextDatum(format_procedure_qualified(function));
	values[1] = DirectFunctionCall1(namein,
									CStringGetDatum(GetUserNameFromId(owner, false)));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}

/*
 * soc2.call_handler(function text, owner name, reference text, wrapped bytea):
 * what a registered function that destroys says
 */
Datum
soc2_call_handler(PG_FUNCTION_ARGS)
{
	soc2_wrapper wrapper = {0};

	wrapper.function = text_to_cstring(PG_GETARG_TEXT_PP(0));
	wrapper.owner = NameStr(*PG_GETARG_NAME(1));
	wrapper.reference = text_to_cstring(PG_GETARG_TEXT_PP(2));
	PG_RETURN_DATUM(call_handler(&wrapper, TEXTOID, PG_GETARG_BYTEA_PP(3)));
}
