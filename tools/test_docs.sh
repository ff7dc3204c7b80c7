#!/usr/bin/env bash
# Builds the documentation site, where a warning is an error, and checks what was built.
# Usage: tools/test_docs.sh PYTHON, any from 3.11 on.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

says() {
    grep -q -- "$1" "$2" || { echo "$2 does not contain $1" >&2; exit 1; }
}

DOCS_SOURCE=https://forge.example/source make --no-print-directory docs
says 'href="https://forge.example/source/LICENSE"' build/site/index.html

make --no-print-directory docs
says '<code>LICENSE</code>' build/site/index.html
says '<html lang="zh"' build/site/zh-CN/index.html
says '本页只有英文版' build/site/zh-CN/architecture/index.html
# Long names in tables break between their parts.
says 'openchannels_<wbr>requests_<wbr>total' build/site/zh-CN/metrics/index.html
# A word of two characters, with the mark behind it that the segmentation puts between words.
says '\\u8d26\\u53f7\\u200b' build/site/search/search_index.json
"$1" tools/check_site.py build/site
