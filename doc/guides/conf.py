# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The RefDMA developers

"""Sphinx configuration of the guides."""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)


def project_version():
    """The version that the build system has."""
    with open(os.path.join(HERE, '..', '..', 'meson.build'), encoding='utf-8') as file:
        match = re.search(r"^\s*version: '([^']+)'", file.read(), re.MULTILINE)
    return match.group(1) if match else 'unknown'


FONTS = 'system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif'

# Sphinx fixes the names below.
# pylint: disable=invalid-name
project = 'RefDMA'
author = 'The RefDMA developers'
copyright = '2026, The RefDMA developers'	# pylint: disable=redefined-builtin
release = project_version()
version = release

master_doc = 'index'
highlight_language = 'none'
extensions = ['result_tables']
html_static_path = ['static']
html_css_files = ['refdma.css']
html_theme = 'alabaster'
html_theme_options = {
    'description': 'DMA controller, poll-mode driver and device model',
    'page_width': '1200px',
    'body_max_width': '900px',
    'sidebar_width': '240px',
    'fixed_sidebar': True,
    'font_family': FONTS,
    'head_font_family': FONTS,
    'font_size': '15px',
    'code_font_size': '0.88em',
}
html_show_sourcelink = False
html_copy_source = False
