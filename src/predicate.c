/*-------------------------------------------------------------------------
 *
 * predicate.c
 *		Conditions on the rows of a table, given as text.
 *
 * IDENTIFICATION
 *	  src/predicate.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "ledger.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "predicate.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* error context: positions are those in the text, not in the command */
static void
show_text(void *arg)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery((const char *) arg);
	}
	else
		errcontext("predicate \"%s\"", (const char *) arg);
}

/* What the parser makes of a text that is one expression */
Node *
soc2_predicate_raw(const char *text)
{
	List	   *statements = raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
	const SelectStmt *stmt;
	SelectStmt	bare;
	ResTarget  *target;

	stmt = castNode(SelectStmt, linitial_node(RawStmt, statements)->stmt);
	if (list_length(stmt->targetList) == 1)
	{
		/* nothing may be left of it without the expression */
		target = linitial_node(ResTarget, stmt->targetList);
		bare = *stmt;
		bare.targetList = NIL;
		if (target->name == NULL && target->indirection == NIL &&
			equal(&bare, makeNode(SelectStmt)))
			return target->val;
	}
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("a predicate must be one expression")));
}

/* does a function not come with the server? */
static bool
is_foreign_function(Oid function, void *context)
{
	(void) context;
	return function >= FirstNormalObjectId;
}

/* does an expression call a function that does not come with the server? */
static bool
calls_foreign(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, is_foreign_function, NULL) ||
		IsA(node, CoerceToDomain))
		return true;
	return expression_tree_walker(node, calls_foreign, context);
}

/* refuse columns that a stored row has no value in */
static void
check_columns(Relation rel, Node *expression)
{
	Bitmapset  *columns = NULL;
	int			column = -1;

	pull_varattnos(expression, 1, &columns);
	while ((column = bms_next_member(columns, column)) >= 0)
	{
		AttrNumber	attnum = column + FirstLowInvalidHeapAttributeNumber;

		/* virtual columns are there since 18 */
		if (attnum <= 0 ||
			TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attgenerated == 'v')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
					 errmsg("a predicate must be about stored columns"),
					 errdetail("It refers to a system column, a whole row or a virtual column.")));
	}
}

/* refuse what does not mean the same in every session */
static void
check_expression(Relation rel, Node *expression)
{
	check_columns(rel, expression);
	if (calls_foreign(expression, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("a predicate must not call functions of users or extensions"),
				 errhint("Functions, operators and types that come with the server can be used.")));
	if (contain_mutable_functions(expression))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("functions in a predicate must be immutable"),
				 errdetail("Its result would depend on time, on settings or on other rows."),
				 errhint("Compare a column with a constant of the column's type; times at a day's edge with AT TIME ZONE 'UTC'.")));
}

/* the expression that a text is, in settings that are pinned */
static Expr *
parse_pinned(Relation rel, const char *text)
{
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *item;
	Node	   *expression;

	pstate->p_sourcetext = text;

	item = addRangeTableEntryForRelation(pstate, rel, AccessShareLock, NULL,
										 false, true);
	addNSItemToQuery(pstate, item, false, true, true);
	expression = transformExpr(pstate, soc2_predicate_raw(text),
							   EXPR_KIND_INDEX_PREDICATE);
	expression = coerce_to_boolean(pstate, expression, "predicate");
	assign_expr_collations(pstate, expression);
	check_expression(rel, expression);
	free_parsestate(pstate);
	return (Expr *) expression;
}

/* The expression that a text is */
Expr *
soc2_predicate_parse(Relation rel, const char *text)
{
	ErrorContextCallback callback;
	int			level = soc2_ledger_pin();
	Expr	   *expression;

	callback.callback = show_text;
	callback.arg = (void *) text;

	callback.previous = error_context_stack;
	error_context_stack = &callback;
	expression = parse_pinned(rel, text);
	error_context_stack = callback.previous;
	soc2_ledger_unpin(level);
	return expression;
}

/* The same, ready for rows */
ExprState *
soc2_predicate_compile(Relation rel, const char *text)
{
	Expr	   *expression = soc2_predicate_parse(rel, text);

	return ExecInitExpr(expression_planner(expression), NULL);
}

/* Is the predicate true for the row in a slot? */
bool
soc2_predicate_holds(ExprState *predicate, ExprContext *context,
					 TupleTableSlot *slot)
{
	Datum		value;
	bool		isnull;

	context->ecxt_scantuple = slot;
	value = ExecEvalExprSwitchContext(predicate, context, &isnull);
	ResetExprContext(context);
	return !isnull && DatumGetBool(value);
}
