"""The engine's configuration: one user with grants instead of all rights, settings it can't change."""

from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from deploy.local.clickhouse.guard import FREE_TEXT_SETTINGS, LOCKED_SETTINGS

_GRANTS = (
    "GRANT SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP, TRUNCATE, OPTIMIZE ON *.*",
    "REVOKE ALL ON default.*",
    "REVOKE INSERT, ALTER, CREATE TABLE, CREATE VIEW, DROP, TRUNCATE ON system.*",
)
"""No sources (files, network), functions, dictionaries, users, SYSTEM; `default` maps every file to a table."""

_UNCOMPRESSED_CACHE = 256 * 1024 * 1024
"""Bytes for what readers who ask for it (`use_uncompressed_cache`) read again and again; a new engine has none."""
_LOCKED_MERGE_TREE = ("merge_tree_disk", "merge_tree_storage_policy", "merge_tree_table_disk")


def write_config(folder: Path, free_texts: Iterable[str]) -> Path:
    """Write the configuration into `folder` and say where; `free_texts` are all settings that hold free text."""
    users, main = folder / "users.xml", folder / "config.xml"
    users.write_text(_users_xml(set(free_texts) - FREE_TEXT_SETTINGS), encoding="utf-8")
    cache = f"<uncompressed_cache_size>{_UNCOMPRESSED_CACHE}</uncompressed_cache_size>"
    main.write_text(
        f"<clickhouse><users_config>{escape(str(users))}</users_config>{cache}</clickhouse>\n", encoding="utf-8"
    )
    return main


def _users_xml(texts: set[str]) -> str:
    values = "".join(f"<{name}>{value}</{name}>" for name, value in LOCKED_SETTINGS.items())
    locked = [*LOCKED_SETTINGS, *sorted(texts), *_LOCKED_MERGE_TREE]
    constraints = "".join(f"<{name}><readonly/></{name}>" for name in locked)
    grants = "".join(f"<query>{grant}</query>" for grant in _GRANTS)
    return (
        f"<clickhouse><profiles><default>{values}<constraints>{constraints}</constraints></default></profiles>"
        "<users><default><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>"
        f"<grants>{grants}</grants></default></users><quotas><default/></quotas></clickhouse>\n"
    )
