# SPDX-License-Identifier: Apache-2.0
"""An independent Diameter Cx peer and soft USIM for testing Quintet; shares no code with the server."""
