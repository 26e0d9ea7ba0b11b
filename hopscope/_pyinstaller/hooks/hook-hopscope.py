"""PyInstaller hook: modules that are imported by name (commands, renderers, readers of files), tables and templates."""
# ruff: noqa: INP001 - PyInstaller runs it as a script

from importlib.metadata import PackageNotFoundError

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

from hopscope.cli.version import PACKAGES

hiddenimports = collect_submodules("hopscope", filter=lambda name: "_pyinstaller" not in name)
datas = collect_data_files("hopscope")
for package in PACKAGES:  # for their versions in `hopscope --version -v`
    try:
        datas += copy_metadata(package)
    except PackageNotFoundError:  # an extra that is not installed
        continue
