"""The table of bad input, row by row: which test proves it, and that this test is still there."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RECORDING, JSON, NAMES, ACCESS, RAW, DOOR, AUDIO, IDEMPOTENT, TENANTS = (
    f"contract/api/test_{name}.py"
    for name in ("recording_rows", "json_rows", "name_rows", "access_rows", "raw_http", "door", "audio_rows",
                 "idempotency", "tenants")
)  # fmt: skip
MEDIA, HOSTILE = "integration/audio/test_media_rows.py", "integration/audio/test_hostile_media.py"
REFUSED, ODD = f"{MEDIA}::test_what_cannot_be_used_is_refused_with_its_code", f"{MEDIA}::test_what_is_odd_is_used"
BODY, QUERY = f"{JSON}::test_a_bad_body_gets_its_code", f"{JSON}::test_a_bad_query_gets_its_code"
URLS, LLM = "unit/service/adapters/test_urls.py", "integration/llm/test_misbehaviour.py"
FORBIDDEN = f"{URLS}::test_a_forbidden_url_is_refused_before_anything_is_sent"
FETCH, RECEIVERS = "integration/delivery/test_fetch.py", "integration/delivery/test_receivers.py"
RULES = "integration/content/test_hostile_playbooks.py"
SHAPES, CONDITIONS = "integration/content/test_hostile_shapes.py", "integration/content/test_hostile_conditions.py"
NAMED = "contract/console/test_hostile_names.py"

ROWS: dict[int, tuple[str, ...]] = {
    1: (f"{RECORDING}::test_what_is_no_audio", f"{HOSTILE}::test_every_bad_file"),
    2: (f"{RECORDING}::test_row_2", f"{RAW}::test_row_2"),
    3: (f"{RECORDING}::test_row_3", f"{RAW}::test_row_3"),
    4: (f"{RECORDING}::test_row_4",),
    5: (f"{RECORDING}::test_row_5",),
    6: (f"{RECORDING}::test_row_6_the_same", f"{RECORDING}::test_row_6_a_second_writer"),
    7: (f"{RECORDING}::test_row_7", f"{RECORDING}::test_completing_without_an_idempotency_key"),
    8: (f"{RECORDING}::test_row_8",),
    9: (f"{RECORDING}::test_row_9",),
    10: (f"{RECORDING}::test_row_10_the_same", f"{RECORDING}::test_row_10_another"),
    11: (f"{RECORDING}::test_row_11_a_name", f"{RECORDING}::test_row_11_a_path"),
    12: (f"{RECORDING}::test_what_is_no_audio", f"{HOSTILE}::test_an_upload_is_refused_by_a_cheap_look"),
    13: (f"{RECORDING}::test_row_13_a_broken_multipart_body_is", f"{RECORDING}::test_row_13_a_broken_multipart_body_c"),
    14: (f"{RECORDING}::test_row_14",),
    15: (f"{RECORDING}::test_row_15",),
    16: (f"{RAW}::test_row_16",),
    17: (f"{RECORDING}::test_too_many_unfinished", "contract/api/test_runs.py::test_a_full_queue_refuses_before"),
    18: (f"{RECORDING}::test_row_18", "contract/blob/test_blob_contract.py::test_the_operating_systems_full_disk"),
    19: (ODD, f"{HOSTILE}::test_a_polyglot"),
    20: (ODD, f"{HOSTILE}::test_tags_of_any_size"),
    21: (ODD, f"{MEDIA}::test_row_21"),
    22: (REFUSED,),
    23: (REFUSED,),
    24: (ODD,),
    25: (ODD, f"{HOSTILE}::test_a_recording_that_was_cut_off"),
    26: (REFUSED,),
    27: (REFUSED,),
    28: (f"{MEDIA}::test_row_28",),
    29: (REFUSED, f"{HOSTILE}::test_a_play_list_cannot_read"),
    30: (REFUSED, f"{MEDIA}::test_row_30"),
    31: (REFUSED, ODD, f"{HOSTILE}::test_video_beside_the_sound"),
    32: (ODD,),
    33: (f"{MEDIA}::test_row_33",),
    34: (ODD,),
    35: (REFUSED,),
    36: (f"{MEDIA}::test_row_36", "contract/storage/test_runs_contract.py::test_the_third_crash"),
    37: (f"{MEDIA}::test_row_37",),
    **dict.fromkeys(range(38, 42), (BODY,)),
    42: (BODY, f"{JSON}::test_row_42"),
    **dict.fromkeys(range(43, 47), (BODY,)),
    47: (BODY, f"{JSON}::test_a_byte_order_mark"),
    48: (BODY, f"{JSON}::test_a_body_must_say"),
    49: (QUERY, f"{JSON}::test_a_bad_parameter_is_named"),
    50: (f"{RAW}::test_row_50_odd", f"{RAW}::test_row_50_length", f"{JSON}::test_a_verb"),
    51: (f"{IDEMPOTENT}::test_a_key_that_is_no_key", f"{IDEMPOTENT}::test_the_key_with_another_body",
         f"{IDEMPOTENT}::test_another_tenants_key", "unit/service/usecases/operations/test_answer_once.py::test_"),
    52: ("contract/api/test_preconditions.py::test_a_condition_is_kept", f"{NAMES}::test_row_52",
         f"{ACCESS}::test_another_tenants_cursor"),
    53: (f"{NAMES}::test_row_53", f"{RAW}::test_row_53"),
    54: (f"{NAMES}::test_row_54",),
    55: (f"{NAMES}::test_row_55",),
    56: (f"{NAMES}::test_row_56",),
    57: (f"{NAMES}::test_row_57",),
    58: ("contract/api/test_openapi.py::test_row_58",),
    59: (f"{ACCESS}::test_every_kind_of_bad_key", f"{ACCESS}::test_the_eleventh", f"{ACCESS}::test_a_key_without_the"),
    60: (f"{ACCESS}::test_a_key_in_the_address", f"{ACCESS}::test_a_key_seen_in_an_address"),
    61: (f"{TENANTS}::test_a_foreign_id_is_an_unknown_id", f"{TENANTS}::test_no_list_shows"),
    62: (f"{NAMES}::test_row_62",),
    63: (f"{AUDIO}::test_row_63", "contract/console/test_door.py::test_whoever_leaves_the_firm"),
    64: (f"{AUDIO}::test_row_64_a_link_plays", f"{AUDIO}::test_row_64_a_link_that", f"{AUDIO}::test_row_64_no_link"),
    65: (FORBIDDEN, f"{RECEIVERS}::test_no_connection_is_opened"),
    66: (FORBIDDEN,),
    67: (FORBIDDEN, f"{URLS}::test_a_private_address_stays_forbidden"),
    68: (f"{URLS}::test_one_private_address_among", f"{URLS}::test_a_name_that_turns_private"),
    69: (f"{RECEIVERS}::test_a_redirect_to_another",),
    70: (FORBIDDEN, f"{URLS}::test_a_host_in_other_letters"),
    71: (f"{FETCH}::test_each_refusal_is_typed", f"{FETCH}::test_an_endless_body", f"{FETCH}::test_one_byte_at_a_time"),
    72: (f"{RECEIVERS}::test_the_certificate_is_checked",),
    73: (f"{RULES}::test_row_73_nothing", f"{RULES}::test_row_73_a_value", f"{CONDITIONS}::test_row_73",
         f"{NAMED}::test_a_name_from_the_crm_stays", f"{NAMED}::test_a_name_from_the_crm_is_no_markup"),
    74: (f"{RULES}::test_row_74_matching", f"{RULES}::test_row_74_nested", f"{CONDITIONS}::test_row_74",
         f"{CONDITIONS}::test_a_bad_condition", f"{CONDITIONS}::test_what_is_allowed_ends_soon"),
    75: (f"{RULES}::test_row_75_yaml", f"{RULES}::test_row_75_an_alias", f"{RULES}::test_row_75_words",
         f"{SHAPES}::test_a_hostile_shape", f"{SHAPES}::test_a_character_that_nobody_sees",
         f"{SHAPES}::test_letters_that", f"{NAMED}::test_every_door"),
    76: (f"{LLM}::test_two_hundred_injections", "integration/llm/test_label_flips.py::test_labels_of_a_conversation"),
    77: (f"{LLM}::test_two_hundred_injections", f"{RULES}::test_a_wrong_condition"),
    78: (f"{LLM}::test_an_answer_that_does_not_fit", f"{LLM}::test_json_in_prose"),
    79: (f"{LLM}::test_what_does_not_stand_on_a_quote",),
    80: (f"{LLM}::test_what_does_not_stand_on_a_quote", "contract/channels/test_channel_contract.py::test_"),
    81: (f"{LLM}::test_a_server_that_fails",),
    82: (f"{LLM}::test_a_model_that_repeats_its_rules",),
    83: (f"{LLM}::test_a_server_that_fails", f"{LLM}::test_after_five_failures"),
    84: (f"{LLM}::test_a_talk_longer_than_the_context",),
    85: ("integration/test_model_artefacts.py::test_one_changed_byte",
         "integration/test_model_artefacts.py::test_a_link"),
    86: (f"{ACCESS}::test_without_consent", "contract/api/test_withdrawn_consent.py::test_everything_said"),
    87: ("contract/api/test_withdrawn_consent.py::test_a_stage_that_is_running",
         "integration/storage/test_erasure_canary.py::test_no_byte"),
    88: ("contract/storage/test_queue_machine.py::TestQueue", "contract/api/test_at_once.py::test_"),
    89: ("unit/service/usecases/privacy/test_sweep_retention.py::test_row_89",
         "contract/storage/test_records_contract.py::test_a_clock_set_back"),
    90: ("integration/runner/test_broker_outage.py::test_work_goes_on",
         "contract/doorbell/test_doorbell_contract.py::test_"),
}  # fmt: skip


@cache
def names_in(path: Path) -> tuple[str, ...]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assigned = [each.id for node in tree.body if isinstance(node, ast.Assign) for each in node.targets
                if isinstance(each, ast.Name)]  # fmt: skip
    return (*named, *assigned)


def test_every_row_of_the_table_has_its_tests() -> None:
    assert sorted(ROWS) == list(range(1, 91))


@pytest.mark.parametrize("row", ROWS)
def test_the_tests_of_a_row_are_there(row: int) -> None:
    for place in ROWS[row]:
        path, _, name = place.partition("::")
        assert any(each.startswith(name) for each in names_in(ROOT / path)), place
