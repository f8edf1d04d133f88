"""What is ignored unless the person says otherwise.

A wrong yes costs a restart, a wrong no costs the trust: so nothing is listed here that could be
somebody's source. `build`, `dist`, `target`, `out`, `vendor`, `env`, `.env`, `bin`, `lib`, `tmp`,
`logs` and `coverage` are names that people give to their own folders; their `.gitignore` says
which of them they mean.
"""

from typing import Final

BUILT_IN_IGNORES: Final = (
    # Version control: its own store, and files that speak to nobody else. A change of ignore
    # rules builds a new selection; it is no reason to restart the program.
    *(".git", ".hg", ".svn", ".bzr", ".jj", ".sl", "_darcs", ".fossil", ".pijul", "CVS"),
    *(".fslckout", "_FOSSIL_"),
    *(".gitignore", ".gitattributes", ".gitmodules", ".gitkeep", ".git-blame-ignore-revs"),
    *(".mailmap", ".hgignore", ".hgtags", ".hgsub", ".hgsubstate", ".bzrignore"),
    # Dependencies and environments: thousands of files that an installer writes. A folder with
    # a pyvenv.cfg is one too, whatever its name.
    *("node_modules/", "bower_components/", "jspm_packages/", ".pnpm-store/"),
    *("**/.yarn/cache/", "**/.yarn/unplugged/", "**/.yarn/install-state.gz"),
    *(".venv", "venv/", ".tox/", ".nox/", ".direnv/", ".devenv/", ".pixi/", "__pypackages__/"),
    *(".eggs/", "*.egg-info", ".bundle/", ".gradle/", ".terraform/", ".stack-work/"),
    # Caches and reports: written by the tools that a run, a test or an editor starts.
    *("__pycache__/", ".mypy_cache/", ".dmypy.json", ".pytest_cache/", ".ruff_cache/"),
    *(".pytype/", ".pyre/", ".hypothesis/", ".ipynb_checkpoints/", ".cache/", ".testmondata*"),
    *(".coverage", ".coverage.*", "htmlcov/", ".nyc_output/", ".sass-cache/", ".parcel-cache/"),
    *(".turbo/", ".svelte-kit/", ".eslintcache", ".stylelintcache", "*.tsbuildinfo"),
    *("**/.next/cache/", "**/.nx/cache/", "**/.angular/cache/", ".dart_tool/", ".zig-cache/"),
    # Compiled Python: importing a changed source writes it. Not *.pyd: an extension module that
    # was built anew is a reason to restart, as *.so is.
    *("*.pyc", "*.pyo"),
    # Editors' temporaries: swap, backup and lock files, and the first half of an atomic save.
    # vim (4913 is how it tries whether a directory is writable), Emacs, JetBrains, Kate, GLib,
    # Sublime Text, LibreOffice.
    *(".*.sw[a-p]", ".*.sw[a-p]x", ".sw[a-p]", ".sw[a-p]x", "4913", "*~"),
    *(r"\#*#", ".#*"),
    *("*___jb_tmp___", "*___jb_old___", "*___jb_bak___"),
    *(".*.kate-swp", ".goutputstream-*", ".subl*.tmp", ".~lock.*#"),
    # Editors' folders: settings of the person, not of the program.
    *(".idea/", ".vscode/", ".vs/", ".history/"),
    # Systems: what is left of an open file that was deleted, and what file managers write.
    *(".fuse_hidden*", ".nfs0*", ".DS_Store", "._*", "Thumbs.db", "desktop.ini"),
    # SQLite's journals. `*-journal` alone would take a folder named trading-journal with it.
    *("*.db-journal", "*.db-wal", "*.db-shm", "*.sqlite-journal", "*.sqlite-wal"),
    *("*.sqlite-shm", "*.sqlite3-journal", "*.sqlite3-wal", "*.sqlite3-shm"),
    # The program's own voice.
    *("*.log", "*.pid"),
)
