// SPDX-License-Identifier: BSD-3-Clause
// The words that rows are made of (schema.h). schema_tables.c includes the rows with SCHEMA_DEFINE: there the
// tables become data, everywhere else they are only declared.
//
//	F(member, KIND, PRESENCE, COLUMN, "help")    a field of an answer
//	A(member, KIND, NEED, "help")                an argument
//
// KIND      C type; NUMBER, COUNTER(unit) and GAUGE(unit) are numbers, the latter two of `status` metrics too
// PRESENCE  SET, KEY, NULL_TOO, ABSENT_TOO
// COLUMN    HIDE, SHOW, WIDE; SHOW_AS(title), WIDE_AS(title), SHOW_FROM(least width)
#pragma once

#include "schema.h"
#include "schema_mem.h"

// The C type of each kind.
#define SCHEMA_C_NUMBER        uint64_t
#define SCHEMA_C_NUMBER_OR(w)  uint64_t
#define SCHEMA_C_COUNTER(unit) uint64_t
#define SCHEMA_C_GAUGE(unit)   uint64_t
#define SCHEMA_C_REAL          double
#define SCHEMA_C_BOOL          bool
#define SCHEMA_C_MAYBE         enum schema_maybe
#define SCHEMA_C_TEXT          const char *
#define SCHEMA_C_OWN           const char *
#define SCHEMA_C_WORD(words)   const char *
#define SCHEMA_C_MAC           uint64_t
#define SCHEMA_C_TIME          uint64_t
#define SCHEMA_C_TEXTS         struct schema_texts
#define SCHEMA_C_MACS          struct schema_macs
#define SCHEMA_C_OBJECT(name)  struct schema_##name
#define SCHEMA_C_POINTER(name) struct schema_##name *
#define SCHEMA_C_PART(name)    struct schema_##name
#define SCHEMA_C_EITHER(name)  struct schema_##name *
#define SCHEMA_C_LIST(name)    struct schema_##name##_list
#define SCHEMA_C_JSON(name)    json_t *
#define SCHEMA_C_ANY           json_t *

#define SCHEMA_R_NUMBER        .type = SCHEMA_TYPE_NUMBER
#define SCHEMA_R_NUMBER_OR(w)  .type = SCHEMA_TYPE_NUMBER, .zero_word = w
#define SCHEMA_R_COUNTER(u)    .type = SCHEMA_TYPE_NUMBER, .unit = u, .is_counter = true, .is_metric = true
#define SCHEMA_R_GAUGE(u)      .type = SCHEMA_TYPE_NUMBER, .unit = u, .is_metric = true
#define SCHEMA_R_REAL          .type = SCHEMA_TYPE_REAL
#define SCHEMA_R_BOOL          .type = SCHEMA_TYPE_BOOL, .is_metric = true
#define SCHEMA_R_MAYBE         .type = SCHEMA_TYPE_MAYBE
#define SCHEMA_R_TEXT          .type = SCHEMA_TYPE_TEXT
#define SCHEMA_R_OWN           .type = SCHEMA_TYPE_OWN
#define SCHEMA_R_WORD(w)       .type = SCHEMA_TYPE_WORD, .words = w
#define SCHEMA_R_MAC           .type = SCHEMA_TYPE_MAC
#define SCHEMA_R_TIME          .type = SCHEMA_TYPE_TIME
#define SCHEMA_R_TEXTS         .type = SCHEMA_TYPE_TEXTS
#define SCHEMA_R_MACS          .type = SCHEMA_TYPE_MACS
#define SCHEMA_R_OBJECT(name)  .type = SCHEMA_TYPE_OBJECT, .of = schema_##name##_table
#define SCHEMA_R_POINTER(name) .type = SCHEMA_TYPE_POINTER, .of = schema_##name##_table
#define SCHEMA_R_PART(name)    .type = SCHEMA_TYPE_PART, .of = schema_##name##_table
#define SCHEMA_R_EITHER(name)  .type = SCHEMA_TYPE_EITHER, .of = schema_##name##_table
#define SCHEMA_R_LIST(name)    .type = SCHEMA_TYPE_LIST, .of = schema_##name##_table
#define SCHEMA_R_ANY           .type = SCHEMA_TYPE_ANY

#define SCHEMA_P_SET        SCHEMA_SET
#define SCHEMA_P_KEY        SCHEMA_KEY
#define SCHEMA_P_NULL_TOO   SCHEMA_NULL
#define SCHEMA_P_ABSENT_TOO SCHEMA_ABSENT

#define SCHEMA_COL_HIDE              \
	{                            \
		SCHEMA_HIDE, NULL, 0 \
	}
#define SCHEMA_COL_SHOW              \
	{                            \
		SCHEMA_SHOW, NULL, 0 \
	}
#define SCHEMA_COL_WIDE              \
	{                            \
		SCHEMA_WIDE, NULL, 0 \
	}
#define SCHEMA_COL_SHOW_AS(t)     \
	{                         \
		SCHEMA_SHOW, t, 0 \
	}
#define SCHEMA_COL_WIDE_AS(t)     \
	{                         \
		SCHEMA_WIDE, t, 0 \
	}
#define SCHEMA_COL_SHOW_FROM(n)      \
	{                            \
		SCHEMA_SHOW, NULL, n \
	}

// Arguments.
#define SCHEMA_AC_NUMBER(lo, hi, d) uint64_t
#define SCHEMA_AC_MS(lo, hi, d)     uint64_t
#define SCHEMA_AC_FLAG              bool
#define SCHEMA_AC_TEXT              const char *
#define SCHEMA_AC_WORD(words)       const char *
#define SCHEMA_AC_WORD_ANY(words)   const char *
#define SCHEMA_AC_PORT              const char *
#define SCHEMA_AC_NODE              const char *
#define SCHEMA_AC_WHAT              const char *
#define SCHEMA_AC_PATTERN           const char *
#define SCHEMA_AC_MAC               const char *
#define SCHEMA_AC_FILE              const char *
#define SCHEMA_AC_VALUES            json_t *

#define SCHEMA_AR_NUMBER(lo, hi, d) .type = SCHEMA_ARG_NUMBER, .min = lo, .max = hi, .fallback = d
#define SCHEMA_AR_MS(lo, hi, d)     .type = SCHEMA_ARG_MS, .min = lo, .max = hi, .fallback = d
#define SCHEMA_AR_FLAG              .type = SCHEMA_ARG_FLAG
#define SCHEMA_AR_TEXT              .type = SCHEMA_ARG_TEXT
#define SCHEMA_AR_WORD(w)           .type = SCHEMA_ARG_WORD, .words = w
#define SCHEMA_AR_WORD_ANY(w)       .type = SCHEMA_ARG_WORD, .words = w, .is_any_case = true
#define SCHEMA_AR_PORT              .type = SCHEMA_ARG_PORT
#define SCHEMA_AR_NODE              .type = SCHEMA_ARG_NODE, .max = SCHEMA_NODE_MAX
#define SCHEMA_AR_WHAT              .type = SCHEMA_ARG_WHAT
#define SCHEMA_AR_PATTERN           .type = SCHEMA_ARG_PATTERN, .max = SCHEMA_NODE_MAX
#define SCHEMA_AR_MAC               .type = SCHEMA_ARG_MAC
#define SCHEMA_AR_FILE              .type = SCHEMA_ARG_FILE
#define SCHEMA_AR_VALUES            .type = SCHEMA_ARG_VALUES

#define SCHEMA_NODE_MAX 255 // bytes of an identity

#define SCHEMA_N_OPTIONAL SCHEMA_OPTIONAL
#define SCHEMA_N_REQUIRED SCHEMA_REQUIRED
#define SCHEMA_N_FOR_ROOT SCHEMA_FOR_ROOT

#define SCHEMA_MEMBER(m, kind, p, c, h) SCHEMA_C_##kind m;
#define SCHEMA_ROW(m, kind, p, c, h)                \
	{.member = #m,                              \
		SCHEMA_R_##kind,                    \
		.presence = SCHEMA_P_##p,           \
		.column = SCHEMA_COL_##c,           \
		.offset = offsetof(struct_self, m), \
		.help = h},
#define SCHEMA_ARG_MEMBER(m, kind, n, h) SCHEMA_AC_##kind m;
#define SCHEMA_ARG_ROW(m, kind, n, h) \
	{.member = #m, SCHEMA_AR_##kind, .need = SCHEMA_N_##n, .offset = offsetof(struct_self, m), .help = h},

#define SCHEMA_DECLARE(name, ROWS)          \
	struct schema_##name {              \
		ROWS(SCHEMA_MEMBER)         \
	};                                  \
	struct schema_##name##_list {       \
		struct schema_##name *rows; \
		size_t n;                   \
		size_t n_max;               \
	};                                  \
	const struct schema_table *schema_##name##_table(void);

#define SCHEMA_DECLARE_ARGS(name, ROWS) \
	struct schema_##name##_args {   \
		ROWS(SCHEMA_ARG_MEMBER) \
	};                              \
	const struct schema_args *schema_##name##_args(void);

#ifdef SCHEMA_DEFINE
#define SCHEMA_ANSWER(name, ROWS)                                                                \
	SCHEMA_DECLARE(name, ROWS)                                                               \
	const struct schema_table *schema_##name##_table(void)                                   \
	{                                                                                        \
		typedef struct schema_##name struct_self;                                        \
		static const struct schema_field fields[] = {ROWS(SCHEMA_ROW)};                  \
		static const struct schema_table table = {                                       \
			#name, fields, sizeof(fields) / sizeof(fields[0]), sizeof(struct_self)}; \
                                                                                                 \
		return &table;                                                                   \
	}
#define SCHEMA_ARGS(name, ROWS)                                                                    \
	SCHEMA_DECLARE_ARGS(name, ROWS)                                                            \
	const struct schema_args *schema_##name##_args(void)                                       \
	{                                                                                          \
		typedef struct schema_##name##_args struct_self;                                   \
		static const struct schema_arg list[] = {ROWS(SCHEMA_ARG_ROW)};                    \
		static const struct schema_args args = {                                           \
			list, sizeof(list) / sizeof(list[0]), sizeof(struct_self)};                \
                                                                                                   \
		_Static_assert(sizeof(list) / sizeof(list[0]) <= SCHEMA_ARGS_MAX, "room for all"); \
		return &args;                                                                      \
	}
#else
#define SCHEMA_ANSWER(name, ROWS) SCHEMA_DECLARE(name, ROWS)
#define SCHEMA_ARGS(name, ROWS)   SCHEMA_DECLARE_ARGS(name, ROWS)
#endif
