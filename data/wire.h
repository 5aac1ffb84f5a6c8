/*
 * The values of run history as the API's JSON: its shapes, its names, its order of keys (executions-api.md). Compact, without a line end.
 *
 * Integers are written whole, whatever their size. Text is the store's, with what JSON must escape and what acts on a terminal escaped; bytes that are not UTF-8 become
 * U+FFFD. `responsePrivateJson` is always null; where the store has one, `"hasPrivateResponse":true` stands beside it.
 *
 * All append to `out`; check buf_is_cut() at the end.
 */
#pragma once

#include "data/base/buf.h"
#include "data/meta.h"
#include "data/query.h"

void wire_execution(const struct run *run, struct buf *out);

/* {"execution":…,"pendingInteraction":…|null}: an item of a list, and the body of a detail. */
void wire_detail(const struct run_detail *detail, struct buf *out);

/* {"toolCalls":[…]} */
void wire_tool_calls(const struct tool_call *calls, size_t count, struct buf *out);

/* {"execution":…,"interactions":[…],"toolCalls":[…]}: a run with all that belongs to it, as wire_record.h reads it back. */
void wire_record(const struct run_detail *detail, const struct tool_call *calls, size_t count,
                 struct buf *out);

/* A list's body in three pieces, so that its items can be written one by one: {"executions":[ … , … ],"nextCursor":…,"meta":…}.
 * next and meta may be NULL, and are then absent. */
void wire_list_open(struct buf *out);
void wire_list_item(const struct run_detail *detail, bool is_first, struct buf *out);
void wire_list_close(const struct run_row *next, const struct meta *meta, struct buf *out);

/* Facets and counts are written as they are given: meta_of_api (meta_api.h) makes them the API's. Statuses outside the contract's six stand
 * behind them in statusCounts, and in the chart as "other" where there are any. Empty buckets are left out. */
void wire_meta(const struct meta *meta, struct buf *out);

/* {"statusCounts":…,"triggerCounts":…,"toolFacets":…,"interactionCounts":…} */
void wire_facets(const struct meta *meta, struct buf *out);
