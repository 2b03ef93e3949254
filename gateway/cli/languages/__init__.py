"""Every sentence that people are told, beside its Swedish and its German; one module per subject."""
