/*-------------------------------------------------------------------------
 *
 * criterion_support.c
 *		Planner support: containment on an indexed criterion as btree
 *		conditions.
 *
 * A criterion and everything below it are one range of values, so
 *
 *		col <@ x		becomes		col >= x AND col <= subtree_end(x),
 *									or col = x for a point of focus
 *		col @> x		becomes		col = ANY (x and its ancestors)
 *		col <@ set		becomes		the range from the set's first member to
 *									the end of its last, rechecked
 *
 * and the same for the mirrored operators and for the functions of the same
 * meaning.  The first needs no constant: parameters and columns of other
 * tables in a nested loop work too.
 *
 * IDENTIFICATION
 *	  src/criterion_support.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "soc2.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(soc2_criterion_covers_support);
PG_FUNCTION_INFO_V1(soc2_criterion_covered_by_support);
PG_FUNCTION_INFO_V1(soc2_criterion_covered_by_set_support);
PG_FUNCTION_INFO_V1(soc2_criterion_set_covers_criterion_support);

/* what an index is asked for, in the terms of one operator */
typedef struct index_request
{
	Oid			function;		/* the containment function called */
	Oid			opfamily;
	Expr	   *column;			/* the indexed expression */
	Expr	   *other;			/* what it is compared with */
	Oid			type;			/* type oid of soc2.criterion */
} index_request;

/*
 * Take the request of the planner apart.  False if the index is none of ours
 * or the other side cannot be computed before the scan.  *column_is_left says
 * on which side the indexed column stands.
 */
static bool
index_request_open(SupportRequestIndexCondition *req, index_request *out,
				   bool *column_is_left)
{
	List	   *args;

	if (req->index->relam != BTREE_AM_OID)
		return false;
	if (is_opclause(req->node))
		args = ((OpExpr *) req->node)->args;
	else if (is_funcclause(req->node))
		args = ((FuncExpr *) req->node)->args;
	else
		return false;
	if (list_length(args) != 2 || req->indexarg < 0 || req->indexarg > 1)
		return false;

	*column_is_left = (req->indexarg == 0);
	out->function = req->funcid;
	out->opfamily = req->opfamily;
	out->column = (Expr *) list_nth(args, req->indexarg);
	out->other = (Expr *) list_nth(args, 1 - req->indexarg);
	out->type = exprType((Node *) out->column);

	/* the opfamily must order the column's type as it is */
	if (!OidIsValid(get_opfamily_member(out->opfamily, out->type, out->type,
										BTGreaterEqualStrategyNumber)))
		return false;
	return is_pseudo_constant_for_index(req->root, (Node *) out->other,
										req->index);
}

/* "column <operator of the strategy> value" */
static Expr *
make_condition(const index_request *r, StrategyNumber strategy, Expr *value)
{
	Oid			op = get_opfamily_member(r->opfamily, r->type, r->type,
										 (int16) strategy);

	if (!OidIsValid(op))
		elog(ERROR, "could not find btree operator %d of soc2.criterion",
			 strategy);
	return make_opclause(op, BOOLOID, false, r->column, value,
						 InvalidOid, InvalidOid);
}

/* A criterion as a constant */
static Expr *
make_criterion_const(const index_request *r, soc2_criterion c)
{
	return (Expr *) makeConst(r->type, -1, InvalidOid, sizeof(soc2_criterion),
							  CriterionGetDatum(c), false, true);
}

/*
 * The function subtree_end(criterion) beside the function that is called.  It
 * is looked up without asking whether the user may use the schema, because a
 * view may be read by somebody who may not.
 */
static Oid
subtree_end_function(const index_request *r)
{
	oidvector  *argument_types = buildoidvector(&r->type, 1);

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum("subtree_end"),
						   PointerGetDatum(argument_types),
						   ObjectIdGetDatum(get_func_namespace(r->function)));
}

/* The last value of the range of an expression; NULL if it cannot be had */
static Expr *
make_subtree_end(const index_request *r)
{
	Oid			function;

	if (IsA(r->other, Const))
	{
		soc2_criterion c = DatumGetCriterion(((Const *) r->other)->constvalue);

		return make_criterion_const(r, soc2_criterion_subtree_end(c));
	}
	function = subtree_end_function(r);
	if (!OidIsValid(function))
		return NULL;
	return (Expr *) makeFuncExpr(function, r->type, list_make1(r->other),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* Is the other side a constant NULL, which no row can satisfy? */
static bool
other_is_null(const index_request *r)
{
	return IsA(r->other, Const) && ((Const *) r->other)->constisnull;
}

/* Is the other side a constant point of focus, which has nothing below it? */
static bool
other_is_point(const index_request *r)
{
	return IsA(r->other, Const) &&
		soc2_criterion_level(DatumGetCriterion(((Const *) r->other)->constvalue)) ==
		SOC2_LEVEL_MAX;
}

/* column <@ other: one range, or one value, exact */
static List *
range_conditions(const index_request *r)
{
	Expr	   *last;

	if (exprType((Node *) r->other) != r->type || other_is_null(r) ||
		contain_volatile_functions((Node *) r->other))
		return NIL;
	if (other_is_point(r))
		return list_make1(make_condition(r, BTEqualStrategyNumber, r->other));
	last = make_subtree_end(r);
	if (last == NULL)
		return NIL;
	return list_make2(make_condition(r, BTGreaterEqualStrategyNumber,
									 r->other),
					  make_condition(r, BTLessEqualStrategyNumber, last));
}

/* column @> constant: one of at most four values, exact */
static List *
ancestor_conditions(const index_request *r)
{
	soc2_criterion c;
	Datum		values[SOC2_LEVEL_MAX + 1];
	int			level;
	ArrayType  *array;
	ScalarArrayOpExpr *condition;
	Oid			array_type = get_array_type(r->type);

	if (!IsA(r->other, Const) || other_is_null(r) ||
		exprType((Node *) r->other) != r->type || !OidIsValid(array_type))
		return NIL;
	c = DatumGetCriterion(((Const *) r->other)->constvalue);
	level = soc2_criterion_level(c);
	for (int i = 0; i <= level; i++)
		values[i] = CriterionGetDatum(soc2_criterion_at_level(c, i));
	array = construct_array(values, level + 1, r->type,
							sizeof(soc2_criterion), true, TYPALIGN_DOUBLE);

	condition = makeNode(ScalarArrayOpExpr);
	condition->opno = get_opfamily_member(r->opfamily, r->type, r->type,
										  BTEqualStrategyNumber);
	condition->opfuncid = get_opcode(condition->opno);
	condition->useOr = true;
	condition->inputcollid = InvalidOid;
	condition->args =
		list_make2(r->column,
				   makeConst(array_type, -1, InvalidOid, -1,
							 PointerGetDatum(array), false, false));
	condition->location = -1;
	return list_make1(condition);
}

/* column <@ constant set: the range around its members, to be rechecked */
static List *
set_conditions(const index_request *r, bool *lossy)
{
	soc2_criteria set;
	soc2_criterion last;

	if (!IsA(r->other, Const) || other_is_null(r))
		return NIL;
	set = soc2_datum_get_criteria(((Const *) r->other)->constvalue);
	if (set.count == 0)
		return NIL;
	*lossy = set.count > 1;
	last = soc2_criterion_subtree_end(set.items[set.count - 1]);
	return list_make2(make_condition(r, BTGreaterEqualStrategyNumber,
									 make_criterion_const(r, set.items[0])),
					  make_condition(r, BTLessEqualStrategyNumber,
									 make_criterion_const(r, last)));
}

/*
 * Answer a request for a function whose covered side is argument "covered"
 * (0 or 1), both arguments being criteria.
 */
static Node *
criterion_support(Node *rawreq, int covered)
{
	SupportRequestIndexCondition *req;
	index_request r;
	bool		column_is_left;

	if (!IsA(rawreq, SupportRequestIndexCondition))
		return NULL;
	req = (SupportRequestIndexCondition *) rawreq;
	if (!index_request_open(req, &r, &column_is_left))
		return NULL;
	req->lossy = false;
	if (column_is_left == (covered == 0))
		return (Node *) range_conditions(&r);
	return (Node *) ancestor_conditions(&r);
}

/* Support for covers(criterion, criterion): the right is covered */
Datum
soc2_criterion_covers_support(PG_FUNCTION_ARGS)
{
	Node	   *rawreq = (Node *) PG_GETARG_POINTER(0);

	PG_RETURN_POINTER(criterion_support(rawreq, 1));
}

/* Support for covered_by(criterion, criterion): the left is covered */
Datum
soc2_criterion_covered_by_support(PG_FUNCTION_ARGS)
{
	Node	   *rawreq = (Node *) PG_GETARG_POINTER(0);

	PG_RETURN_POINTER(criterion_support(rawreq, 0));
}

/*
 * Answer a request for a function of a criterion and a set, the criterion
 * being argument "covered".
 */
static Node *
set_support(Node *rawreq, int covered)
{
	SupportRequestIndexCondition *req;
	index_request r;
	bool		column_is_left;

	if (!IsA(rawreq, SupportRequestIndexCondition))
		return NULL;
	req = (SupportRequestIndexCondition *) rawreq;
	if (!index_request_open(req, &r, &column_is_left) ||
		column_is_left != (covered == 0))
		return NULL;
	return (Node *) set_conditions(&r, &req->lossy);
}

/* Support for covered_by(criterion, criterion_set) */
Datum
soc2_criterion_covered_by_set_support(PG_FUNCTION_ARGS)
{
	Node	   *rawreq = (Node *) PG_GETARG_POINTER(0);

	PG_RETURN_POINTER(set_support(rawreq, 0));
}

/* Support for covers(criterion_set, criterion) */
Datum
soc2_criterion_set_covers_criterion_support(PG_FUNCTION_ARGS)
{
	Node	   *rawreq = (Node *) PG_GETARG_POINTER(0);

	PG_RETURN_POINTER(set_support(rawreq, 1));
}
