"""`python -m pixkit` : la même chose que la commande `pixkit`."""

import sys

from pixkit.commande import main

sys.exit(main())
