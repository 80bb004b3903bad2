"""Which functions a query may call: one list per dialect, looked over one by one.

A name stands here when it computes from its arguments or reads the catalogue. Left out on purpose: whatever
reads or writes files, the environment, settings or secrets; runs text as SQL; changes sequences, seeds or
sessions; sleeps. A function that is missing is refused, which costs its user a message; one too many costs
the machine.
"""

from __future__ import annotations

_SHARED = """
abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling char coalesce concat concat_ws cos cosh
count cume_dist current_date current_time current_timestamp date datetime degrees dense_rank exists
exp first_value floor format group_concat hex if ifnull iif instr json json_array json_array_length
json_each json_extract json_group_array json_group_object json_insert json_object json_quote
json_remove json_replace json_set json_tree json_type json_valid lag last_value lead length ln log
log10 log2 lower ltrim max min mod nth_value ntile nullif percent_rank pi pow power printf radians
random rank replace round row_number rtrim sign sin sinh sqrt strftime string_agg substr substring
sum tan tanh time trim trunc typeof unhex unicode upper
"""

DUCKDB = frozenset(
    f"""{_SHARED}
    acosh add age aggregate ago any_value apply approx_count_distinct approx_quantile approx_top_k
    arbitrary arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null arg_min_nulls_last argmax
    argmin array array_agg array_aggr array_aggregate array_append array_apply array_cat array_concat
    array_contains array_cosine_distance array_cosine_similarity array_cross_product array_distance
    array_distinct array_dot_product array_extract array_filter array_grade_up array_has array_has_all
    array_has_any array_indexof array_inner_product array_intersect array_length array_pop_back
    array_pop_front array_position array_prepend array_push_back array_push_front array_reduce
    array_resize array_reverse array_reverse_sort array_select array_slice array_sort array_to_json
    array_to_string array_transform array_unique array_value array_where array_zip ascii bar base64 bin
    bit_and bit_count bit_length bit_or bit_position bit_xor bitstring bitstring_agg bool_and bool_or
    cardinality cast cbrt century char_length character_length chr columns contains corr cot count_if
    count_star countif covar_pop covar_samp current_localtime current_localtimestamp damerau_levenshtein
    date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname
    dayofmonth dayofweek dayofyear days_in_month decade decode divide duckdb_columns duckdb_constraints
    duckdb_indexes duckdb_schemas duckdb_tables duckdb_types duckdb_views editdist3 element_at encode
    ends_with entropy enum_code enum_first enum_last enum_range enum_range_boundary epoch epoch_ms
    epoch_ns epoch_us equi_width_bins era even extract factorial favg fdiv fill filter first flatten
    fmod formatreadabledecimalsize formatreadablesize format_bytes from_base64 from_binary from_hex
    from_json from_json_strict fsum gamma gcd gen_random_uuid generate_series generate_subscripts
    geomean geometric_mean get_bit get_current_time get_current_timestamp grade_up greatest
    greatest_common_divisor grouping grouping_id hamming hash histogram histogram_exact 
    hour is_histogram_other_bin isfinite isinf isnan isodow isoyear jaccard jaro_similarity
    jaro_winkler_similarity json_contains json_deep_merge json_exists json_extract_path
    json_extract_path_text json_extract_string json_group_structure json_keys json_merge_patch
    json_normalize json_pretty json_strip_nulls json_structure json_transform json_transform_strict
    json_value julian kahan_sum kurtosis kurtosis_pop last last_day lcase lcm least
    least_common_multiple left left_grapheme len length_grapheme levenshtein lgamma list list_aggr
    list_aggregate list_any_value list_append list_apply list_approx_count_distinct list_avg
    list_bit_and list_bit_or list_bit_xor list_bool_and list_bool_or list_cat list_concat list_contains
    list_cosine_distance list_cosine_similarity list_count list_distance list_distinct list_dot_product
    list_element list_entropy list_extract list_filter list_first list_grade_up list_has list_has_all
    list_has_any list_histogram list_indexof list_inner_product list_intersect list_kurtosis
    list_kurtosis_pop list_last list_mad list_max list_median list_min list_mode list_pack list_position
    list_prepend list_product list_reduce list_resize list_reverse list_reverse_sort list_select
    list_sem list_skewness list_slice list_sort list_stddev_pop list_stddev_samp list_string_agg
    list_sum list_transform list_unique list_value list_var_pop list_var_samp list_where list_zip
    listagg localtime localtimestamp lpad lttb mad make_date make_time make_timestamp make_timestamp_ms
    make_timestamp_ns make_timestamptz map map_concat map_contains map_contains_entry map_contains_value
    map_entries map_extract map_extract_value map_from_entries map_keys map_values max_by md5 md5_number
    mean median microsecond millennium millisecond min_by minute mismatches mode month monthname
    multiply nanosecond nextafter nfc_normalize normalized_interval now octet_length ord overlay
    parse_dirname parse_dirpath parse_filename parse_path percentile_cont percentile_disc position
    prefix product quantile quantile_cont quantile_disc quarter range rank_dense reduce regexp_escape
    regexp_extract regexp_extract_all regexp_full_match regexp_matches regexp_replace
    regexp_split_to_array regexp_split_to_table regr_avgx regr_avgy regr_count regr_intercept regr_r2
    regr_slope regr_sxx regr_sxy regr_syy repeat reservoir_quantile reverse right right_grapheme
    round_even roundbankers row row_to_json rpad second sem set_bit sha1 sha256 signbit skewness split
    split_part starts_with stddev stddev_pop stddev_samp str_split str_split_regex string_split
    string_split_regex string_to_array strip_accents strlen strpos strptime struct_concat
    struct_contains struct_extract struct_extract_at struct_has struct_indexof struct_insert struct_keys
    struct_pack struct_position struct_update struct_values substring_grapheme subtract suffix sumkahan
    time_bucket timestamp timezone timezone_hour timezone_minute to_base to_base64 to_binary
    to_centuries to_days to_decades to_hex to_hours to_json to_microseconds to_millennia to_milliseconds
    to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years today
    transaction_timestamp translate try try_cast try_strptime ucase unbin union_extract union_tag
    union_value unnest unpivot_list url_decode url_encode uuid uuid_extract_timestamp
    uuid_extract_version uuidv4 uuidv7 var_pop var_samp variance wavg week weekday weekofyear
    weighted_avg xor year yearweek
    """.split()
)

SQLITE = frozenset(
    f"""{_SHARED}
    bm25 cast glob group_concat highlight json_patch jsonb jsonb_array jsonb_each jsonb_extract
    jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove
    jsonb_replace jsonb_set jsonb_tree julianday like likelihood likely match matchinfo octet_length
    offsets quote regexp snippet soundex sqlite_version timediff total unixepoch unlikely
    """.split()
)

# Nothing is shared here: a name that PostgreSQL does not have may be a user's own function, which may do anything.
_POSTGRESQL = """
abs all acos acosd acosh age any_value area array array_agg array_append array_cat array_dims array_fill
array_length array_lower array_ndims array_position array_positions array_prepend array_remove
array_replace array_to_json array_to_string array_upper ascii asin asind asinh atan atan2 atan2d
atand atanh avg bit_and bit_count bit_length bit_or bit_xor bool_and bool_or broadcast btrim
cardinality cast cbrt ceil ceiling center char_length character_length chr clock_timestamp coalesce
col_description concat concat_ws convert convert_from convert_to corr cos cosd cosh cot cotd count
covar_pop covar_samp cume_dist current_catalog current_database current_date current_role
current_schema current_schemas current_time current_timestamp current_user date_add date_bin
date_part date_subtract date_trunc datemultirange daterange decode degrees dense_rank diameter div
encode enum_first enum_last enum_range erf erfc every exists exp extract factorial family
first_value floor format format_type gcd gen_random_uuid generate_series generate_subscripts get_bit
get_byte greatest grouping height host hostmask inet_merge inet_same_family initcap int4multirange
int4range int8multirange int8range is_normalized isclosed isempty isfinite isopen json_agg
json_array_elements json_array_elements_text json_array_length json_build_array json_build_object
json_each json_each_text json_extract_path json_extract_path_text json_object json_object_agg
json_object_keys json_populate_record json_populate_recordset json_strip_nulls json_to_record
json_to_recordset json_typeof jsonb_agg jsonb_array_elements jsonb_array_elements_text
jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg
jsonb_object_keys jsonb_path_exists jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz
jsonb_path_query jsonb_path_query_array jsonb_path_query_array_tz jsonb_path_query_first
jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record jsonb_populate_recordset
jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset
jsonb_typeof justify_days justify_hours justify_interval lag last_value lcm lead least left length
ln localtime localtimestamp log log10 lower lower_inc lower_inf lpad ltrim make_date make_interval
make_time make_timestamp make_timestamptz masklen max md5 min min_scale mod mode multirange netmask
network normalize now npoints nth_value ntile nullif num_nonnulls num_nulls nummultirange numnode
numrange obj_description octet_length overlay parse_ident path pclose percent_rank percentile_cont
percentile_disc pg_column_size pg_get_constraintdef pg_get_expr pg_get_indexdef pg_get_viewdef
pg_indexes_size pg_relation_size pg_size_bytes pg_size_pretty pg_table_size pg_total_relation_size
pg_typeof phraseto_tsquery pi plainto_tsquery popen position pow power querytree quote_ident
quote_literal quote_nullable radians radius random range_agg range_intersect_agg range_merge rank
regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace
regexp_split_to_array regexp_split_to_table regexp_substr regr_avgx regr_avgy regr_count
regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat replace reverse right round row
row_number row_to_json rpad rtrim scale session_user set_bit set_byte set_masklen setweight sha224
sha256 sha384 sha512 sign sin sind sinh slope split_part sqrt starts_with statement_timestamp stddev
stddev_pop stddev_samp string_agg string_to_array string_to_table strip strpos substr substring sum
tan tand tanh timezone to_ascii to_char to_date to_hex to_json to_jsonb to_number to_regclass
to_regnamespace to_regtype to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim
trim_array trim_scale trunc ts_delete ts_filter ts_headline ts_rank ts_rank_cd tsmultirange
tsquery_phrase tsrange tstzmultirange tstzrange tsvector_to_array unistr unnest upper upper_inc
upper_inf var_pop var_samp variance version websearch_to_tsquery width width_bucket xmlagg
xmlcomment xpath xpath_exists
"""
POSTGRESQL = frozenset(_POSTGRESQL.split())

# Nor here: a name that the server does not have may be a stored function, which may do anything.
_MYSQL = """
abs acos adddate addtime ascii asin atan atan2 avg bin bit_and bit_count bit_length bit_or bit_xor cast ceil ceiling
char char_length character_length charset coalesce coercibility collation concat concat_ws connection_id conv convert
convert_tz cos cot count crc32 cume_dist curdate current_date current_time current_timestamp current_user curtime
database date date_add date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear degrees dense_rank elt
exists exp export_set extract field find_in_set first_value floor format from_base64 from_days from_unixtime
get_format greatest group_concat hex hour if ifnull insert instr isnull json_array json_array_append json_array_insert
json_arrayagg json_contains json_contains_path json_depth json_extract json_insert json_keys json_length
json_merge_patch json_merge_preserve json_object json_objectagg json_overlaps json_quote json_remove json_replace
json_search json_set json_type json_unquote json_valid json_value lag last_day last_value lcase lead least left length
ln localtime localtimestamp locate log log10 log2 lower lpad ltrim make_set makedate maketime max md5 microsecond mid
min minute mod month monthname now nth_value ntile nullif oct octet_length ord percent_rank period_add period_diff pi
position pow power quarter quote radians rand rank regexp_instr regexp_replace regexp_substr repeat replace reverse
right round row_number rpad rtrim schema sec_to_time second sha sha1 sha2 sign sin soundex space sqrt std stddev
stddev_pop stddev_samp str_to_date strcmp subdate substr substring substring_index subtime sum tan time time_format
time_to_sec timediff timestamp timestampadd timestampdiff to_base64 to_days to_seconds trim truncate ucase unhex
unix_timestamp upper user utc_date utc_time utc_timestamp uuid values var_pop var_samp variance version week weekday
weekofyear year yearweek
"""
MYSQL = frozenset(_MYSQL.split())

# Words that stand before a parenthesis without calling anything.
_KEYWORDS = """
against all and any array as asc between bernoulli bigint bit blob by case cast char columns cube current
date datetime dec decimal desc distinct div else end enum escape except exclude exists filter first
float following for from group grouping having ilike in inner int integer intersect interval into is
join lateral left like limit list map match materialized not null nulls numeric of offset on only operator or
order outer over overlaps partition percent pivot preceding qualify range recursive rename replace reservoir
regexp returns right rlike rollup row rows select sets similar some struct symmetric system table text then time timestamp
timestamptz to try_cast tuple unbounded union unpivot using values varbit varchar variadic when where window with
within xor
"""
KEYWORDS = frozenset(_KEYWORDS.split())

BY_DIALECT = {"duckdb": DUCKDB, "mysql": MYSQL, "postgresql": POSTGRESQL, "sqlite": SQLITE}
