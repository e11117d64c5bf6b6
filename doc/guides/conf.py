# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Sphinx configuration of the guides."""

import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))


def project_version():
    """The version that the build system has."""
    with open(os.path.join(HERE, '..', '..', 'meson.build'), encoding='utf-8') as file:
        match = re.search(r"^\s*version: '([^']+)'", file.read(), re.MULTILINE)
    return match.group(1) if match else 'unknown'


# Sphinx fixes the names below.
# pylint: disable=invalid-name
project = 'RefDMA'
author = 'The RefDMA developers'
copyright = '2026, The RefDMA developers'	# pylint: disable=redefined-builtin
release = project_version()
version = release

master_doc = 'index'
highlight_language = 'none'
exclude_patterns = ['performance_results.rst']
html_theme = 'alabaster'
html_theme_options = {
    'description': 'DMA controller, poll-mode driver and device model',
    'page_width': '1100px',
    'sidebar_width': '240px',
    'fixed_sidebar': True,
}
html_show_sourcelink = False
html_copy_source = False

# The performance report is there once results have been recorded.
if not os.path.exists(os.path.join(HERE, 'performance_results.rst')):
    exclude_patterns.append('performance.rst')
    suppress_warnings = ['toc.excluded']
